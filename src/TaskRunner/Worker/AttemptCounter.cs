using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using TaskRunner.Broker;

namespace TaskRunner.Worker;

/// <summary>Counts attempts by queue, and tells the broker once a second: the share of retries that a queue allows is one of all attempts in the cluster.</summary>
internal sealed class AttemptCounter(RedisBroker broker)
{
    private readonly ConcurrentDictionary<string, StrongBox<long>> counts = new(StringComparer.Ordinal);

    /// <summary>An attempt ended. Any thread may say so.</summary>
    public void Count(string queue) => Interlocked.Increment(ref counts.GetOrAdd(queue, static _ => new StrongBox<long>()).Value);

    /// <summary>Tells the broker what was counted since the last time.</summary>
    /// <exception cref="BrokerUnavailableException">The broker did not answer; what was counted is told the next time.</exception>
    public async Task FlushAsync(CancellationToken cancellationToken)
    {
        foreach (var (queue, box) in counts)
        {
            var count = Interlocked.Exchange(ref box.Value, 0);
            if (count == 0)
            {
                continue;
            }

            try
            {
                await broker.CountAttemptsAsync(queue, count, cancellationToken);
            }
            catch (QueueFaultException)
            {
                // Told the next time; the other queues do not wait for it.
                Interlocked.Add(ref box.Value, count);
            }
            catch
            {
                Interlocked.Add(ref box.Value, count);
                throw;
            }
        }
    }
}
