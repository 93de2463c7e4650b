using System.Net.Sockets;
using System.Text;
using Microsoft.Extensions.Logging;
using TaskRunner.Broker;

namespace TaskRunner.Beat;

/// <summary>Enqueues the ticks of several schedules in one call, and finds the one that the broker refuses.</summary>
internal sealed partial class TickEnqueuer(IEnqueuer enqueuer, TimeProvider time, ILogger logger)
{
    // Longer than any clean-up after a crash between enqueue and commit.
    private static readonly TimeSpan RememberId = TimeSpan.FromHours(25);

    /// <summary>Enqueues all ticks of all plans.</summary>
    /// <returns>For each plan the outcomes of its ticks, and the plan itself, with a problem when the broker refuses its task.</returns>
    /// <exception cref="BrokerUnavailableException">The broker did not answer; calling again enqueues nothing twice.</exception>
    public async Task<List<(TickPlan Plan, IReadOnlyList<TickOutcome> Outcomes)>> EnqueueAsync(List<TickPlan> plans, CancellationToken stopping)
    {
        try
        {
            return await EnqueueAtOnceAsync(plans, stopping);
        }
        catch (Exception e) when (!IsOutage(e) && plans.Count > 1)
        {
            var settled = new List<(TickPlan, IReadOnlyList<TickOutcome>)>(plans.Count);
            foreach (var plan in plans)
            {
                settled.AddRange(await EnqueueAsync([plan], stopping));
            }

            return settled;
        }
        catch (Exception e) when (!IsOutage(e))
        {
            var plan = plans[0];
            LogRefused(logger, plan.Schedule.Name, plan.Schedule.Task, e.Message);
            return [(plan with { Problem = $"the broker refuses the task: {e.Message}" }, [.. plan.Ticks.Select(_ => TickOutcome.Refused)])];
        }
        catch (Exception e) when (e is IOException or SocketException or TimeoutException || (e is OperationCanceledException && !stopping.IsCancellationRequested))
        {
            throw new BrokerUnavailableException(e.Message, innerException: e);
        }
    }

    private async Task<List<(TickPlan Plan, IReadOnlyList<TickOutcome> Outcomes)>> EnqueueAtOnceAsync(List<TickPlan> plans, CancellationToken stopping)
    {
        var requests = plans.SelectMany(Requests).ToList();
        var statuses = requests.Count == 0 ? [] : await enqueuer.EnqueueAsync(requests, stopping);
        var settled = new List<(TickPlan, IReadOnlyList<TickOutcome>)>(plans.Count);
        var index = 0;
        foreach (var plan in plans)
        {
            var outcomes = statuses.Skip(index).Take(plan.Ticks.Count);
            settled.Add((plan, [.. outcomes.Select(status => status == EnqueueStatus.Duplicate ? TickOutcome.Duplicate : TickOutcome.Enqueued)]));
            index += plan.Ticks.Count;
        }

        return settled;
    }

    private IEnumerable<EnqueueRequest> Requests(TickPlan plan) => plan.Ticks.Select(tick => new EnqueueRequest(new TaskMessage
    {
        Id = plan.IdOf(tick),
        Task = plan.Schedule.Task,
        Queue = plan.Schedule.Queue,
        Priority = plan.Schedule.Priority,
        Arguments = Encoding.UTF8.GetBytes(plan.Schedule.Arguments),
        EnqueuedAt = time.GetUtcNow(),
        Schedule = plan.Schedule.Name,
    })
    {
        RememberId = RememberId,
    });

    private static bool IsOutage(Exception e) =>
        e is BrokerUnavailableException or OperationCanceledException or IOException or SocketException or TimeoutException;

    [LoggerMessage(LogLevel.Error, "The broker refuses task {Task} of schedule {Schedule}: {Reason}")]
    private static partial void LogRefused(ILogger logger, string schedule, string task, string reason);
}
