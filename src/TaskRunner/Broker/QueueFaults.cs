using System.Collections.Concurrent;

namespace TaskRunner.Broker;

/// <summary>Queues that fail by themselves now, for readiness. Any thread may ask and tell.</summary>
internal sealed class QueueFaults
{
    private readonly ConcurrentDictionary<string, string> faults = new(StringComparer.Ordinal);

    /// <summary>What fails, a sentence that names queue and key for each; null when nothing does.</summary>
    public string? Trouble => faults.IsEmpty ? null : string.Join("; ", faults.OrderBy(f => f.Key, StringComparer.Ordinal).Select(f => f.Value));

    /// <summary>Notes a fault.</summary>
    /// <returns>Whether it is news.</returns>
    public bool Note(string queue, string reason)
    {
        var isNews = !faults.TryGetValue(queue, out var known) || known != reason;
        faults[queue] = reason;
        return isNews;
    }

    public void Clear(string queue)
    {
        if (!faults.IsEmpty)
        {
            faults.TryRemove(queue, out _);
        }
    }
}
