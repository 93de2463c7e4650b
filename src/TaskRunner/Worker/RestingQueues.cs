using TaskRunner.Broker;

namespace TaskRunner.Worker;

/// <summary>
/// Queues that failed by themselves a moment ago: they are left alone for a second, and what is to be settled there waits with them. For the fetch loop alone.
/// </summary>
internal sealed class RestingQueues(TimeProvider time)
{
    private static readonly TimeSpan Rest = TimeSpan.FromSeconds(1);

    private readonly Dictionary<string, long> since = new(StringComparer.Ordinal);

    public void Begin(string queue) => since[queue] = time.GetTimestamp();

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
