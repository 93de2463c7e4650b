using Microsoft.Extensions.Logging;
using TaskRunner.Broker;

namespace TaskRunner.Worker;

/// <summary>
/// Single operations that the broker refuses, for example because its memory is full, while the rest of the queue continues. They are
/// retried each second, logged once, and named by readiness. For the fetch loop alone.
/// </summary>
internal sealed partial class RefusedWork(QueueFaults faults, TimeProvider time, ILogger logger)
{
    private static readonly TimeSpan Rest = TimeSpan.FromSeconds(1);

    private readonly Dictionary<Settlement, (long Since, string Work)> settlements = new(ReferenceEqualityComparer.Instance);
    private readonly HashSet<(string Queue, string Work)> noted = [];

    /// <summary>Notes that work of a queue was refused.</summary>
    /// <param name="queue">The queue.</param>
    /// <param name="work">The script that was refused.</param>
    /// <param name="reason">One sentence that names the queue.</param>
    public void Note(string queue, string work, string reason)
    {
        noted.Add((queue, work));
        if (faults.Note(queue, FaultOf(work), reason))
        {
            LogRefused(logger, reason);
        }
    }

    /// <summary>The work is accepted again, or is no longer there.</summary>
    public void Clear(string queue, string work)
    {
        if (noted.Count > 0 && noted.Remove((queue, work)))
        {
            faults.Clear(queue, FaultOf(work));
            LogAccepted(logger, work, queue);
        }
    }

    /// <summary>Whether a settlement was refused and has to be sent again.</summary>
    public bool Contains(Settlement settlement) => settlements.Count > 0 && settlements.ContainsKey(settlement);

    /// <summary>What may be sent now.</summary>
    public IReadOnlyList<Settlement> Without(IReadOnlyList<Settlement> all) => settlements.Count == 0
        ? all
        : [.. all.Where(settlement => !settlements.TryGetValue(settlement, out var refused) || time.GetElapsedTime(refused.Since) >= Rest)];

    /// <summary>Settlements were sent.</summary>
    /// <param name="sent">All of them.</param>
    /// <param name="refused">Those that the broker refused.</param>
    public void Sent(IReadOnlyList<Settlement> sent, IReadOnlyList<RefusedSettlements> refused)
    {
        if (settlements.Count == 0 && refused.Count == 0)
        {
            return;
        }

        List<(string Queue, string Work)> before = [.. settlements.Select(s => (s.Key.Queue, s.Value.Work)).Distinct()];
        foreach (var settlement in sent)
        {
            settlements.Remove(settlement);
        }

        foreach (var part in refused)
        {
            foreach (var settlement in part.Settlements)
            {
                settlements[settlement] = (time.GetTimestamp(), part.Work);
            }

            Note(part.Queue, part.Work, part.Reason);
        }

        ClearUnless(before);
    }

    /// <summary>Begins a new life: what an earlier one had to settle comes too late.</summary>
    public void Begin()
    {
        List<(string Queue, string Work)> before = [.. settlements.Select(s => (s.Key.Queue, s.Value.Work)).Distinct()];
        settlements.Clear();
        ClearUnless(before);
    }

    /// <summary>Follows another plan: queues that are not in it are not looked after any more.</summary>
    public void Follow(WorkerPlan plan) => ClearUnless([.. noted.Where(n => plan.Queues.All(queue => queue.Name != n.Queue))]);

    private void ClearUnless(List<(string Queue, string Work)> before)
    {
        foreach (var (queue, work) in before.Where(b => !settlements.Any(s => s.Key.Queue == b.Queue && s.Value.Work == b.Work)))
        {
            Clear(queue, work);
        }
    }

    private static string FaultOf(string work) => work + " refused";

    [LoggerMessage(LogLevel.Error, "Broker refused work, trying again each second: {Reason}")]
    private static partial void LogRefused(ILogger logger, string reason);

    [LoggerMessage(LogLevel.Information, "Broker no longer refuses {Work} in queue '{Queue}'")]
    private static partial void LogAccepted(ILogger logger, string work, string queue);
}
