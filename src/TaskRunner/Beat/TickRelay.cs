using System.Net.Sockets;
using System.Text;
using Microsoft.Extensions.Logging;
using TaskRunner.Broker;

namespace TaskRunner.Beat;

/// <summary>Enqueues the tasks of many ticks in one call, and finds those of which there is no task.</summary>
/// <param name="enqueuer">The broker.</param>
/// <param name="registry">The task types of this program.</param>
/// <param name="logger">Is told of tasks that are refused.</param>
internal sealed partial class TickRelay(IEnqueuer enqueuer, TaskRegistry registry, ILogger logger)
{
    /// <summary>For this long the broker refuses a second task of the same tick: longer than a tick is looked for.</summary>
    public static readonly TimeSpan RememberId = TimeSpan.FromHours(25);

    // Bytes of arguments in one call to the broker, if it has more than one tick.
    private const int MostBytes = 4 * 1024 * 1024;

    private readonly PatientRules rules = new(registry, TimeProvider.System);

    // Queues whose ticks wait, and why; told once.
    private readonly Dictionary<string, string> faulty = new(StringComparer.Ordinal);

    // A task that runs longer lets the next tick start beside it.
    private static readonly TimeSpan LongestOverlap = TimeSpan.FromDays(30);

    /// <summary>Makes requests of ticks.</summary>
    /// <param name="ticks">The ticks.</param>
    /// <param name="now">The time of the database.</param>
    /// <returns>What became of those that the broker need not be asked about, and the requests of the others, both in order.</returns>
    public (IReadOnlyList<SettledTick> Settled, IReadOnlyList<(Tick Tick, EnqueueRequest Request)> Wanted) Prepare(IReadOnlyList<Tick> ticks, DateTimeOffset now)
    {
        var settled = new List<SettledTick>();
        var wanted = new List<(Tick Tick, EnqueueRequest Request)>();

        // A thousand ticks of one schedule that are caught up share what they are given: it may be large.
        var encoded = new Dictionary<string, byte[]>(ReferenceEqualityComparer.Instance);
        rules.Begin();
        foreach (var tick in ticks)
        {
            try
            {
                if (tick.IsRemoved)
                {
                    settled.Add(new(tick, TickOutcome.Skipped, TickReason.Removed));
                }
                else if (tick.IsForgotten)
                {
                    settled.Add(new(tick, TickOutcome.Skipped, TickReason.Forgotten));
                }
                else if (Unusable(tick) is { } reason)
                {
                    settled.Add(Refuse(tick, reason));
                }
                else if (Request(tick, now, encoded) is { } request)
                {
                    wanted.Add((tick, request));
                }
                else
                {
                    settled.Add(Expire(tick));
                }
            }
            catch (HangingRulesException)
            {
                // It may only lack a processor: the tick waits as long as the call does not hang for good.
                settled.Add(new SettledTick(tick, null));
            }
            catch (TaskRulesException e)
            {
                // What the function threw may block or throw again when it is asked; this text is made already.
                settled.Add(Refuse(tick, Sentence.Of(e)));
            }
#pragma warning disable CA1031 // Code of users is among it, and arithmetic at the ends of the calendar: it costs this tick.
            catch (Exception e)
#pragma warning restore CA1031
            {
                settled.Add(Refuse(tick, $"no task can be made of it ({e.GetType().Name}: {Sentence.Of(e)})"));
            }
        }

        return (settled, wanted);
    }

    /// <summary>Asks the broker whether it has the tasks of ticks that are over before anybody noted so: one that was asked for, and whose beat heard no answer, may run.</summary>
    /// <param name="over">Ticks that are not to become tasks.</param>
    /// <param name="stopping">Ends the waiting.</param>
    /// <returns>What became of them, one entry a tick.</returns>
    /// <exception cref="BrokerUnavailableException">The broker did not answer.</exception>
    public async Task<IReadOnlyList<SettledTick>> AskAsync(IReadOnlyList<SettledTick> over, CancellationToken stopping)
    {
        var answers = new List<SettledTick>();
        foreach (var group in over.GroupBy(entry => entry.Tick.Queue))
        {
            try
            {
                var known = await enqueuer.RemembersAsync(group.Key, [.. group.Select(entry => entry.Tick.Id)], stopping);
                answers.AddRange(group.Zip(known, (entry, isKnown) => isKnown ? new SettledTick(entry.Tick, TickOutcome.Duplicate) : entry));
            }
            catch (BrokerUnavailableException e) when (KeyTypes.IsQueueFault(e))
            {
                answers.AddRange(Leave(group.Key, [.. group.Select(entry => entry.Tick)], e));
            }
            catch (Exception e) when (!IsOutage(e))
            {
                // No queue that a broker could have.
                answers.AddRange(group);
            }
            catch (Exception e) when (IsSilence(e, stopping))
            {
                throw new BrokerUnavailableException(e.Message, innerException: e);
            }
        }

        return answers;
    }

    /// <summary>Asks the broker for a sign of life.</summary>
    /// <exception cref="BrokerUnavailableException">The broker did not answer.</exception>
    public async Task ProbeAsync(CancellationToken stopping)
    {
        try
        {
            await enqueuer.RemembersAsync("default", [Guid.Empty], stopping);
        }
        catch (BrokerUnavailableException e) when (KeyTypes.IsQueueFault(e))
        {
            // It answers; that queue is the business of its own ticks.
        }
        catch (Exception e) when (!IsOutage(e))
        {
            // The same.
        }
        catch (Exception e) when (IsSilence(e, stopping))
        {
            throw new BrokerUnavailableException(e.Message, innerException: e);
        }
    }

    /// <summary>Enqueues the tasks of ticks.</summary>
    /// <param name="wanted">Ticks and requests; the broker refuses those that it was given before, so that a second call does no harm.</param>
    /// <param name="stopping">Ends the waiting.</param>
    /// <returns>One entry a tick; those of a queue whose keys are not what they must be are left pending.</returns>
    /// <exception cref="BrokerUnavailableException">The broker did not answer; calling again enqueues nothing twice.</exception>
    public async Task<IReadOnlyList<SettledTick>> EnqueueAsync(IReadOnlyList<(Tick Tick, EnqueueRequest Request)> wanted, CancellationToken stopping)
    {
        var settled = new List<SettledTick>(wanted.Count);
        for (var from = 0; from < wanted.Count;)
        {
            var end = from + 1;
            for (var bytes = Size(from); end < wanted.Count && (bytes += Size(end)) <= MostBytes; end++)
            {
                // Another one that fits.
            }

            settled.AddRange(await EnqueueAtOnceAsync([.. wanted.Skip(from).Take(end - from)], stopping));
            from = end;
        }

        return settled;

        long Size(int at) => wanted[at].Request.Message.Arguments.Length;
    }

    private async Task<IReadOnlyList<SettledTick>> EnqueueAtOnceAsync(IReadOnlyList<(Tick Tick, EnqueueRequest Request)> wanted, CancellationToken stopping)
    {
        try
        {
            var statuses = await enqueuer.EnqueueAsync([.. wanted.Select(entry => entry.Request)], stopping);
            foreach (var queue in faulty.Keys.Intersect(wanted.Select(entry => entry.Request.Message.Queue)).ToList())
            {
                faulty.Remove(queue);
            }

            return [.. wanted.Zip(statuses, (entry, status) => Settle(entry.Tick, status, Replaces(entry.Tick.Schedule)))];
        }
        catch (BrokerUnavailableException e) when (KeyTypes.IsQueueFault(e))
        {
            return await EnqueueByQueueAsync(wanted, e, stopping);
        }
        catch (Exception e) when (!IsOutage(e) && wanted.Count > 1)
        {
            // Halving finds one bad tick among 500 in some 18 calls, and all others are enqueued.
            var half = wanted.Count / 2;
            return [.. await EnqueueAtOnceAsync([.. wanted.Take(half)], stopping), .. await EnqueueAtOnceAsync([.. wanted.Skip(half)], stopping)];
        }
        catch (Exception e) when (!IsOutage(e))
        {
            return [Refuse(wanted[0].Tick, $"the broker refuses the task: {Sentence.Of(e)}")];
        }
        catch (Exception e) when (IsSilence(e, stopping))
        {
            throw new BrokerUnavailableException(e.Message, innerException: e);
        }
    }

    /// <summary>A key of one queue is not what it must be: each queue is asked for itself, so that the schedules of all others tick on.</summary>
    private async Task<IReadOnlyList<SettledTick>> EnqueueByQueueAsync(IReadOnlyList<(Tick Tick, EnqueueRequest Request)> wanted, BrokerUnavailableException fault, CancellationToken stopping)
    {
        var queues = wanted.GroupBy(entry => entry.Request.Message.Queue, StringComparer.Ordinal).ToList();
        if (queues.Count == 1)
        {
            return Leave(queues[0].Key, [.. wanted.Select(entry => entry.Tick)], fault);
        }

        var settled = new List<SettledTick>();
        foreach (var queue in queues)
        {
            settled.AddRange(await EnqueueAtOnceAsync([.. queue], stopping));
        }

        return settled;
    }

    /// <summary>Leaves ticks pending until the keys of their queue are mended.</summary>
    private IReadOnlyList<SettledTick> Leave(string queue, IReadOnlyList<Tick> ticks, BrokerUnavailableException fault)
    {
        var reason = Sentence.Of(fault);
        if (faulty.GetValueOrDefault(queue) != reason)
        {
            faulty[queue] = reason;
            LogFaultyQueue(logger, queue, reason);
        }

        return [.. ticks.Select(tick => new SettledTick(tick, null))];
    }

    // One that was sent is in the broker's hands, whatever its rules say by now.
    private SettledTick Refuse(Tick tick, string what)
    {
        var reason = Sentence.Fit(what)!;
        LogRefused(logger, tick.Schedule.Task, tick.Schedule.Name, reason);
        return new(tick, tick.WasSent ? null : TickOutcome.Refused, reason);
    }

    /// <summary>Why no task can be made of a tick, by what stands in the table; null when one can.</summary>
    private static string? Unusable(Tick tick) =>
        !PgInstant.IsInCalendar(tick.At) ? $"its time, {PgInstant.Print(tick.At)}, is not in the years 1 to 9999" : tick.Schedule.Unreadable;

    // One that was sent may have run in time; whether it did, its result tells.
    private static SettledTick Expire(Tick tick) => tick.WasSent ? new(tick, null) : new(tick, TickOutcome.Skipped, TickReason.Expired);

    private static SettledTick Settle(Tick tick, EnqueueStatus status, bool replaces) => (status, tick.WasSent, tick.Schedule.Overlap) switch
    {
        (EnqueueStatus.Accepted, true, _) => new(tick, TickOutcome.Resent),
        (EnqueueStatus.Accepted, false, _) => new(tick, TickOutcome.Enqueued),
        (EnqueueStatus.Duplicate, true, _) => new(tick, null),
        (EnqueueStatus.Duplicate, false, _) => new(tick, TickOutcome.Duplicate),

        // It was lost, and a later task holds the key: where later ones replace earlier ones that has happened, else its turn comes.
        (_, true, _) => replaces ? new(tick, TickOutcome.Skipped, TickReason.Superseded) : new(tick, null),
        (_, false, OverlapPolicy.Buffer) => new(tick, tick.State == TickState.Buffered ? null : TickOutcome.Buffered),
        (_, false, OverlapPolicy.Allow) => new(tick, TickOutcome.Skipped, TickReason.KeyHeld),
        _ => new(tick, TickOutcome.Skipped, TickReason.Overlap),
    };

    /// <summary>Whether a task takes the place of the one that holds its key: by the schedule's rule for overlap, else by its type's for uniqueness.</summary>
    private bool Replaces(DueSchedule schedule) => schedule.Overlap == OverlapPolicy.Allow
        ? registry.Find(schedule.Task)?.Defaults is { UniqueKey: not null, OnConflict: UniqueConflict.Replace }
        : schedule.Overlap == OverlapPolicy.Cancel;

    /// <summary>What to ask of the broker, with the rules of the task's type that the schedule does not set itself; null when the tick's time is over.</summary>
    private EnqueueRequest? Request(Tick tick, DateTimeOffset now, Dictionary<string, byte[]> encoded)
    {
        var schedule = tick.Schedule;
        var expires = (schedule.Expires ?? registry.Find(schedule.Task)?.Defaults.Expires) is { } limit ? tick.Nominal + limit - now : (TimeSpan?)null;
        if (expires <= TimeSpan.Zero)
        {
            return null;
        }

        if (!encoded.TryGetValue(schedule.Arguments, out var arguments))
        {
            encoded[schedule.Arguments] = arguments = Encoding.UTF8.GetBytes(schedule.Arguments);
        }

        var delay = tick.Nominal + ScheduleJitter.Of(tick.Id, schedule.Timing.Jitter) - now;
        var request = new EnqueueRequest(new TaskMessage
        {
            Id = tick.Id,
            Task = schedule.Task,
            Queue = tick.Queue,
            Priority = schedule.Priority,
            Arguments = arguments,
            EnqueuedAt = now,
            Schedule = schedule.Name,
        })
        {
            RememberId = RememberId,
            Delay = delay > TimeSpan.Zero ? delay : TimeSpan.Zero,
            Expires = expires,
        };
        if (schedule.Overlap != OverlapPolicy.Allow)
        {
            request = request with { UniqueFor = LongestOverlap, Message = request.Message with { Rules = new TaskRules { UniqueKey = $"schedule {schedule.Id:N}" } } };
        }

        // One that was lost does not push out the later one that replaced it.
        return rules.Apply(request) with { OnConflict = Replaces(schedule) && !tick.WasSent ? UniqueConflict.Replace : UniqueConflict.Reject };
    }

    private static bool IsSilence(Exception e, CancellationToken stopping) =>
        e is IOException or SocketException or TimeoutException || (e is OperationCanceledException && !stopping.IsCancellationRequested);

    private static bool IsOutage(Exception e) =>
        e is BrokerUnavailableException or OperationCanceledException or IOException or SocketException or TimeoutException;

    [LoggerMessage(LogLevel.Error, "Ticks for queue {Queue} wait until its keys are mended, all others go on: {Reason}")]
    private static partial void LogFaultyQueue(ILogger logger, string queue, string reason);

    [LoggerMessage(LogLevel.Error, "No task {Task} is enqueued for schedule {Schedule}: {Reason}")]
    private static partial void LogRefused(ILogger logger, string task, string schedule, string reason);
}
