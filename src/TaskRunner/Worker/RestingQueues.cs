using TaskRunner.Broker;

namespace TaskRunner.Worker;

/// <summary>
/// Queues that failed by themselves a moment ago: they are left alone for a second, and what is to be settled there waits with them. For the fetch loop alone.
/// </summary>
internal sealed class RestingQueues(TimeProvider time)
{
    private static readonly TimeSpan Rest = TimeSpan.FromSeconds(1);

    private readonly Dictionary<string, long> since = new(StringComparer.Ordinal);

    private readonly Dictionary<string, string> reasons = new(StringComparer.Ordinal);

    /// <summary>Leaves a queue alone for a second.</summary>
    /// <returns>Whether the reason is news.</returns>
    public bool Begin(string queue, string reason)
    {
        var isNews = reasons.GetValueOrDefault(queue) != reason;
        (since[queue], reasons[queue]) = (time.GetTimestamp(), reason);
        return isNews;
    }

    /// <summary>Whether the queue failed when it was last heard of.</summary>
    public bool HasFailed(string queue) => reasons.Count > 0 && reasons.ContainsKey(queue);

    /// <summary>The queue works again.</summary>
    public void End(string queue) => reasons.Remove(queue);

    public bool Contains(string queue) => since.Count > 0 && since.ContainsKey(queue);

    /// <summary>Ends the rests that are over, and names their queues.</summary>
    public IReadOnlyList<string> Over()
    {
        if (since.Count == 0)
        {
            return [];
        }

        List<string> over = [.. since.Where(rest => time.GetElapsedTime(rest.Value) >= Rest).Select(rest => rest.Key)];
        over.ForEach(queue => since.Remove(queue));
        return over;
    }

    /// <summary>What may be sent now.</summary>
    public IReadOnlyList<Settlement> Without(List<Settlement> settlements) => since.Count == 0 ? settlements : [.. settlements.Where(s => !since.ContainsKey(s.Queue))];
}
