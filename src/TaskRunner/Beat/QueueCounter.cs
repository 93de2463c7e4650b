using TaskRunner.Broker;
using TaskRunner.Loops;

namespace TaskRunner.Beat;

/// <summary>Counts the tasks of queues for an autoscaler. Beat does it, since a pool that scales to zero has no worker that could.</summary>
internal sealed class QueueCounter(RedisBroker broker, IReadOnlyList<string> queues)
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(2);

    public Task RunAsync(SupervisedLoop loop, CancellationToken stopping) => loop.EveryAsync(Interval, RunOnceAsync, atOnce: true, stopping);

    internal async Task RunOnceAsync(CancellationToken stopping)
    {
        try
        {
            await Task.WhenAll(queues.Select(queue => broker.CountAsync(queue, stopping)));
        }
        catch (BrokerUnavailableException)
        {
            // The next round tries again; readiness and the connection's log tell of it.
        }
    }
}
