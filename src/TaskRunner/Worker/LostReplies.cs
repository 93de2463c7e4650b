using Microsoft.Extensions.Logging;
using TaskRunner.Broker;

namespace TaskRunner.Worker;

/// <summary>
/// After a reply was lost the broker may book tasks on this worker that it never saw: it fetches no more until it has asked, and starts them. What older
/// fetches took is among them, whether their replies come or not; from then on they take nothing. For the fetch loop alone.
/// </summary>
internal sealed partial class LostReplies(RedisBroker broker, HeldTasks tasks, CurrentPlan current, ILogger logger)
{
    private const int Portion = 16;

    /// <summary>Whether the broker must be asked before anything is fetched.</summary>
    public bool Any { get; private set; }

    /// <summary>The generation of fetches whose replies count.</summary>
    public int Generation { get; private set; }

    /// <summary>Notes that a fetch may have taken tasks and its reply will not be seen.</summary>
    public void Note() => Any = true;

    /// <summary>Begins a new life, in whose name nothing was fetched yet.</summary>
    public void Begin() => (Any, Generation) = (false, 0);

    /// <summary>Asks what this life holds, if it must, and starts what it does not run, or gives it back while it drains.</summary>
    /// <returns>Whether it had to.</returns>
    /// <exception cref="BrokerUnavailableException">The broker is away: it must be asked again.</exception>
    public async Task<bool> ReclaimAsync(Incarnation live, bool draining)
    {
        if (!Any)
        {
            return false;
        }

        var found = 0;
        Action<Held> take = draining ? tasks.GiveBack : tasks.Admit;
        foreach (var queue in current.LeasedQueues)
        {
            IReadOnlyList<string> booked;
            try
            {
                booked = await broker.ReclaimAsync(live.Name, queue, Generation + 1, CancellationToken.None);
            }
            catch (QueueFaultException e) when (e.IsWrongType)
            {
                // Nothing can be booked in a key of another type.
                continue;
            }

            // In small portions: a thousand large messages in one reply are more than a server and a worker may want to hold.
            foreach (var ids in booked.Where(id => !tasks.Contains(queue, id) && !tasks.IsSettling(queue, id)).Chunk(Portion))
            {
                foreach (var held in await broker.HeldAsync(live.Name, queue, ids, CancellationToken.None))
                {
                    take(held);
                    found++;
                }
            }
        }

        Generation++;
        Any = false;
        tasks.StartSuspect();
        LogReclaimed(logger, found, draining ? "put back" : "started");
        return true;
    }

    [LoggerMessage(LogLevel.Information, "A reply of the broker was lost; {Count} tasks that it had booked on this worker are {Done}")]
    private static partial void LogReclaimed(ILogger logger, int count, string done);
}
