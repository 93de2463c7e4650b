using Microsoft.Extensions.Logging;
using TaskRunner.Broker;
using TaskRunner.Loops;
using TaskRunner.Observability;
using TaskRunner.Redis;

namespace TaskRunner.Worker;

/// <summary>Looks after queues between tasks: tells attempts for the retry budget, and removes dead tasks whose time is over. Every worker does it.</summary>
internal sealed partial class QueueKeeper(RedisBroker broker, AttemptCounter attempts, Func<IReadOnlyList<string>> queues, TimeProvider time, ILogger logger)
{
    private static readonly TimeSpan TrimInterval = TimeSpan.FromMinutes(1);

    private readonly OutageLog outage = new("Queues cannot be looked after", time, logger);

    /// <summary>With a budget once a second, else once a minute: an idle worker sends few commands.</summary>
    private TimeSpan Interval => broker.Options.RetryBudget > 0 ? TimeSpan.FromSeconds(1) : TrimInterval;

    public Task RunAsync(SupervisedLoop loop, CancellationToken stopping)
    {
        long? trimmedAt = null;
        return loop.EveryAsync(
            Interval,
            async token =>
            {
                var trim = trimmedAt is not { } at || time.GetElapsedTime(at) >= TrimInterval - TimeSpan.FromSeconds(1);
                await RunOnceAsync(trim, token);
                trimmedAt = trim ? time.GetTimestamp() : trimmedAt;
            },
            atOnce: false,
            stopping);
    }

    internal async Task RunOnceAsync(bool trim, CancellationToken stopping)
    {
        try
        {
            var refusal = await FlushAsync(stopping);
            foreach (var queue in trim ? queues() : [])
            {
                await TrimAsync(queue, stopping);
            }

            if (refusal is not null)
            {
                throw refusal;
            }

            outage.Succeeded();
        }
        catch (BrokerUnavailableException e)
        {
            outage.Failed(e);
        }
    }

    /// <summary>Tells what was counted.</summary>
    /// <returns>Why the broker, which answers, refused; it can be trimmed all the same.</returns>
    private async Task<BrokerUnavailableException?> FlushAsync(CancellationToken stopping)
    {
        try
        {
            await attempts.FlushAsync(stopping);
            return null;
        }
        catch (BrokerUnavailableException e) when (e.InnerException is RedisServerException)
        {
            return e;
        }
    }

    private async Task TrimAsync(string queue, CancellationToken stopping)
    {
        try
        {
            var removed = await broker.TrimDeadAsync(queue, stopping);
            if (removed > 0)
            {
                LogTrimmed(logger, removed, queue);
            }
        }
        catch (QueueFaultException)
        {
            // Readiness names the key; the other queues are looked after.
        }
    }

    [LoggerMessage(LogLevel.Information, "{Count} dead tasks of queue {Queue} were removed: the dead set was over its bounds")]
    private static partial void LogTrimmed(ILogger logger, int count, string queue);
}
