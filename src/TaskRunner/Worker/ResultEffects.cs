using TaskRunner.Broker;
using TaskRunner.Flows;
using TaskRunner.Redis;
using TaskRunner.Results;

namespace TaskRunner.Worker;

/// <summary>
/// Does what results ask of the broker, before and without the database: keeps those that are awaited, and lets flows go on. A result that is dealt
/// with loses its mark where it waits, so that nothing is done again after the next start; what is done twice because a worker died changes nothing.
/// </summary>
/// <param name="broker">Where the results wait.</param>
/// <param name="flows">Crosses the edges of flows.</param>
/// <param name="resultsAreWritten">Whether results go to the database afterwards; without one they are forgotten here.</param>
/// <param name="aside">Told of results that cannot be dealt with.</param>
internal sealed class ResultEffects(RedisBroker broker, FlowRelay flows, bool resultsAreWritten, AsideResults? aside = null)
{
    private readonly ResultPortion portion = new();
    private readonly Dictionary<string, Place> places = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> expected = new(StringComparer.Ordinal);
    private readonly Lock gate = new();
    private int awaited;

    /// <summary>Told of each portion that is dealt with; there may be very many.</summary>
    public Action? Turned { get; set; }

    /// <summary>Whether a result with effects was announced that was not dealt with.</summary>
    public bool AreExpected => Volatile.Read(ref awaited) > 0;

    /// <summary>A result with effects is about to be settled. Any thread may say so.</summary>
    public void Expect(string queue)
    {
        lock (gate)
        {
            expected[queue] = expected.GetValueOrDefault(queue) + 1;
            awaited++;
        }
    }

    /// <summary>Results of dead workers were adopted: whether they have effects is not known.</summary>
    public void LookEverywhere()
    {
        lock (gate)
        {
            foreach (var place in places.Values)
            {
                place.HasStrangers = true;
            }
        }
    }

    /// <summary>A result with effects was seen in a queue's list, or may be there: one of a task that ended in the broker, where this worker never saw it.</summary>
    public void LookAgain(string queue)
    {
        lock (gate)
        {
            if (places.TryGetValue(queue, out var place))
            {
                place.HasStrangers = true;
            }
        }
    }

    /// <summary>Deals with everything that waits in a queue's list of this worker.</summary>
    /// <exception cref="BrokerUnavailableException">The broker did not answer; the same call goes on where this one ended.</exception>
    public async Task ApplyAsync(string worker, string queue, CancellationToken cancellationToken)
    {
        if (PlaceToLook(worker, queue) is not { } place)
        {
            return;
        }

        try
        {
            await ApplyAsync(place, queue, cancellationToken);
        }
        catch
        {
            place.HasStrangers = true;
            portion.Failed();
            throw;
        }
    }

    /// <summary>Where the list of a queue begins is not known any more: the next look is from its start.</summary>
    public void LookFromStart(string queue)
    {
        lock (gate)
        {
            if (places.TryGetValue(queue, out var place))
            {
                place.Seen = 0;
                place.HasStrangers = true;
            }
        }
    }

    /// <summary>The oldest results of a list left it.</summary>
    public void Forgotten(string queue, int count)
    {
        lock (gate)
        {
            if (places.TryGetValue(queue, out var place))
            {
                place.Seen = Math.Max(0, place.Seen - count);
            }
        }
    }

    private async Task ApplyAsync(Place place, string queue, CancellationToken cancellationToken)
    {
        bool isMore;
        do
        {
            var asked = portion.Next;
            var records = await broker.UnwrittenResultsAsync(place.Worker, queue, place.Seen, asked, cancellationToken);
            portion.Read(records);
            foreach (var record in records)
            {
                await ApplyAsync(place, queue, record, cancellationToken);
                place.Seen++;
            }

            isMore = records.Count == asked;
            Turned?.Invoke();
        }
        while (isMore);
        if (!resultsAreWritten && place.Seen > 0)
        {
            await ChangeAsync(place, () => broker.ForgetResultsAsync(place.Worker, queue, place.Seen, cancellationToken));
            place.Seen = 0;
        }
    }

    // After a change of the list without an answer, or one that the list was too short for (a replica may know less), nobody knows where it
    // begins: the next look is from its start. What is done has no mark by then, or changes nothing when it is done again.
    private static async Task ChangeAsync(Place place, Func<Task> change)
    {
        try
        {
            await change();
        }
        catch (Exception e) when (e.InnerException is not RedisServerException { Code: not "ERR" })
        {
            place.Seen = 0;
            throw;
        }
    }

    private async Task ApplyAsync(Place place, string queue, byte[] record, CancellationToken cancellationToken)
    {
        var marks = ResultRecord.ReadMarks(record);
        if (!marks.Any)
        {
            return;
        }

        TaskResult result;
        try
        {
            result = ResultRecord.Read(record, queue);
        }
        catch (Exception e) when (IsItsOwnFault(e))
        {
            // It cannot be dealt with, now or ever: nothing is left that could be written to the database either.
            aside?.Note(queue, null, $"It is not readable and is dropped: {AsideResults.Start(record)}", e);
            await ChangeAsync(place, () => broker.ReplaceResultAsync(place.Worker, queue, place.Seen, "{}"u8.ToArray(), cancellationToken));
            NoteDone(queue);
            return;
        }

        if (await TryAsync(result, marks, cancellationToken) is { } problem)
        {
            result = result with { Error = result.Error is null ? problem : $"{result.Error}\n{problem}" };
        }

        if (resultsAreWritten)
        {
            var written = ResultRecord.Write(result);
            await ChangeAsync(place, () => broker.ReplaceResultAsync(place.Worker, queue, place.Seen, written, cancellationToken));
        }

        NoteDone(queue);
    }

    /// <summary>Does what a result asks for; when that fails for the result's own sake, those who wait for it are told so instead.</summary>
    /// <returns>What could not be done, one sentence; null when all was.</returns>
    private async Task<string?> TryAsync(TaskResult result, ResultMarks marks, CancellationToken cancellationToken)
    {
        string? problem = null;
        if (marks.Keep > TimeSpan.Zero)
        {
            problem = await TryAsync(
                result, "Those who await it get it without its output", "Those who await it wait in vain", told => broker.KeepResultAsync(told, marks.Keep, cancellationToken));
        }

        if (marks.Flow is { } flow)
        {
            problem = await TryAsync(
                result,
                "Its flow is told that the task failed",
                "Its flow ends here: not even the failure can be reported",
                told => flows.ApplyAsync(ReferenceEquals(told, result) ? told : told with { State = TaskState.Dead }, flow, cancellationToken)) ?? problem;
        }

        return problem;
    }

    private async Task<string?> TryAsync(TaskResult result, string otherwise, string atWorst, Func<TaskResult, Task> tell)
    {
        try
        {
            await tell(result);
            return null;
        }
        catch (Exception e) when (IsItsOwnFault(e))
        {
            aside?.Note(result.Queue, result.Id, otherwise, e);
            var problem = $"The result could not be passed on: {AsideResults.Describe(e)}";
            try
            {
                await tell(result with { Output = null, Error = problem });
            }
            catch (Exception again) when (IsItsOwnFault(again))
            {
                aside?.Note(result.Queue, result.Id, atWorst, again);
            }

            return problem;
        }
    }

    private void NoteDone(string queue)
    {
        lock (gate)
        {
            if (expected.GetValueOrDefault(queue) is > 0 and var left)
            {
                expected[queue] = left - 1;
                awaited--;
            }
        }
    }

    /// <summary>Whether the same will fail again for this result, and for no other.</summary>
    private static bool IsItsOwnFault(Exception e) => e switch
    {
        // A key of another type in the way of this group or result, or a script that raises on it. All other refusals concern the server as a whole.
        BrokerUnavailableException { InnerException: RedisServerException refused } =>
            refused.Code == "WRONGTYPE" || (refused.Code == "ERR" && refused.Message.Contains("user_script", StringComparison.Ordinal)),
        BrokerUnavailableException or OperationCanceledException or OutOfMemoryException => false,
        _ => true,
    };

    /// <summary>Where to go on, or null when there is nothing to look for. A new life of the worker, and strangers, make it look once.</summary>
    private Place? PlaceToLook(string worker, string queue)
    {
        lock (gate)
        {
            if (!places.TryGetValue(queue, out var place) || place.Worker != worker)
            {
                places[queue] = place = new Place(worker) { HasStrangers = true };
            }

            var look = place.HasStrangers || expected.GetValueOrDefault(queue) > 0;
            place.HasStrangers = false;
            return look ? place : null;
        }
    }

    private sealed class Place(string worker)
    {
        public string Worker { get; } = worker;

        /// <summary>So many of the oldest results ask for nothing any more.</summary>
        public int Seen { get; set; }

        public bool HasStrangers { get; set; }
    }
}
