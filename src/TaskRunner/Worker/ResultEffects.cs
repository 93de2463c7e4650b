using TaskRunner.Broker;
using TaskRunner.Flows;
using TaskRunner.Results;

namespace TaskRunner.Worker;

/// <summary>
/// Does what results ask of the broker, before and without the database: keeps those that are awaited, and lets flows go on. A result that is dealt
/// with loses its mark where it waits, so that nothing is done again after the next start; what is done twice because a worker died changes nothing.
/// </summary>
/// <param name="broker">Where the results wait.</param>
/// <param name="flows">Crosses the edges of flows.</param>
/// <param name="resultsAreWritten">Whether results go to the database afterwards; without one they are forgotten here.</param>
internal sealed class ResultEffects(RedisBroker broker, FlowRelay flows, bool resultsAreWritten)
{
    private const int BatchSize = 500;

    private readonly Dictionary<string, Place> places = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> expected = new(StringComparer.Ordinal);
    private readonly Lock gate = new();
    private int awaited;

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
            throw;
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
        int found;
        do
        {
            var records = await broker.UnwrittenResultsAsync(place.Worker, queue, place.Seen, BatchSize, cancellationToken);
            foreach (var record in records)
            {
                await ApplyAsync(place.Worker, queue, place.Seen, record, cancellationToken);
                place.Seen++;
            }

            found = records.Count;
        }
        while (found == BatchSize);
        if (!resultsAreWritten && place.Seen > 0)
        {
            await broker.ForgetResultsAsync(place.Worker, queue, place.Seen, cancellationToken);
            place.Seen = 0;
        }
    }

    private async Task ApplyAsync(string worker, string queue, int index, byte[] record, CancellationToken cancellationToken)
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
        catch (EnvelopeException)
        {
            // Without its marks; whoever writes it to the database reports that it cannot be read.
            await broker.ReplaceResultAsync(worker, queue, index, "{}"u8.ToArray(), cancellationToken);
            return;
        }

        if (marks.Keep > TimeSpan.Zero)
        {
            await broker.KeepResultAsync(result, marks.Keep, cancellationToken);
        }

        if (marks.Flow is not null)
        {
            await flows.ApplyAsync(result, marks.Flow, cancellationToken);
        }

        if (resultsAreWritten)
        {
            await broker.ReplaceResultAsync(worker, queue, index, ResultRecord.Write(result), cancellationToken);
        }

        lock (gate)
        {
            if (expected.GetValueOrDefault(queue) is > 0 and var left)
            {
                expected[queue] = left - 1;
                awaited--;
            }
        }
    }

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
