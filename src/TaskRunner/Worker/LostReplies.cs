using Microsoft.Extensions.Logging;
using TaskRunner.Broker;

namespace TaskRunner.Worker;

/// <summary>
/// After a reply was lost the broker may book tasks on this worker that it never saw: it fetches no more until it has asked, and starts them. What older
/// fetches took is among them, whether their replies come or not; from then on they take nothing. For the fetch loop alone.
/// </summary>
/// <param name="broker">The broker.</param>
/// <param name="tasks">What this worker runs.</param>
/// <param name="current">The queues that it serves.</param>
/// <param name="turned">Told of each portion that was read.</param>
/// <param name="logger">Told of what was found.</param>
internal sealed partial class LostReplies(RedisBroker broker, HeldTasks tasks, CurrentPlan current, Action turned, ILogger logger)
{
    private const int MostAtOnce = 16;

    private int portion = MostAtOnce;

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

            var unseen = booked.Where(id => !tasks.Contains(queue, id) && !tasks.IsSettling(queue, id)).ToList();
            if (draining)
            {
                unseen.ForEach(id => tasks.GiveBack(queue, id));
                found += unseen.Count;
            }
            else
            {
                found += await StartAsync(live, queue, unseen);
            }
        }

        Generation++;
        Any = false;
        tasks.StartSuspect();
        LogReclaimed(logger, found, draining ? "put back" : "started");
        return true;
    }

    /// <summary>Reads messages in small portions, smaller ones after one that did not arrive in time, and starts their tasks.</summary>
    private async Task<int> StartAsync(Incarnation live, string queue, List<string> ids)
    {
        var found = 0;
        for (var from = 0; from < ids.Count;)
        {
            var some = ids.GetRange(from, Math.Min(portion, ids.Count - from));
            try
            {
                foreach (var held in await broker.HeldAsync(live.Name, queue, some, CancellationToken.None))
                {
                    tasks.Admit(held);
                    found++;
                }
            }
            catch (BrokerUnavailableException)
            {
                portion = Math.Max(1, portion / 2);
                throw;
            }

            from += some.Count;
            turned();
        }

        portion = MostAtOnce;
        return found;
    }

    [LoggerMessage(LogLevel.Information, "A reply of the broker was lost; {Count} tasks that it had booked on this worker are {Done}")]
    private static partial void LogReclaimed(ILogger logger, int count, string done);
}
