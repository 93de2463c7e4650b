using System.Collections.Concurrent;

namespace TaskRunner.Broker;

/// <summary>Queues that fail by themselves now, for readiness. Any thread may ask and tell.</summary>
internal sealed class QueueFaults
{
    /// <summary>In place of a queue, for what concerns the whole namespace.</summary>
    public const string Namespace = "";

    private readonly ConcurrentDictionary<(string Queue, string Work), string> faults = new();

    // Nearly never set, asked several times a turn: an empty dictionary takes all its locks to say that it is empty.
    private volatile bool isAny;

    /// <summary>What fails of these queues and of their namespace, a sentence that names the key for each; null when nothing does.</summary>
    public string? Trouble(IReadOnlyCollection<string> queues) =>
        !isAny || faults.Where(f => f.Key.Queue.Length == 0 || queues.Contains(f.Key.Queue)).Select(f => f.Value).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).ToList() is not { Count: > 0 } texts
            ? null
            : string.Join("; ", texts);

    /// <summary>Notes a fault.</summary>
    /// <param name="queue">The queue.</param>
    /// <param name="work">What fails: it is over when the same succeeds.</param>
    /// <param name="reason">One sentence that names queue and key.</param>
    /// <returns>Whether it is news.</returns>
    public bool Note(string queue, string work, string reason)
    {
        var isNews = !faults.TryGetValue((queue, work), out var known) || known != reason;
        faults[(queue, work)] = reason;
        isAny = true;
        return isNews;
    }

    /// <summary>Whether anything fails of a queue.</summary>
    public bool Has(string queue) => isAny && faults.Keys.Any(key => key.Queue == queue);

    public void Clear(string queue, string work)
    {
        if (isAny)
        {
            faults.TryRemove((queue, work), out _);
        }
    }
}
