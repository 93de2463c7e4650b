using Microsoft.Extensions.Logging;
using TaskRunner.Redis;

namespace TaskRunner.Worker;

/// <summary>Where the fetch loop sleeps. It blocks in the broker only while the worker has room for a task, so that it takes no token from one that has.</summary>
internal sealed partial class Sleeper(WakeListener listener, TimeProvider time, ILogger logger)
{
    private Task<WakeUp>? wake;

    /// <summary>Sleeps until the time is over, one of the events happens, or the broker wakes it; notes in the rotation which queue that was for.</summary>
    /// <exception cref="Broker.BrokerUnavailableException">The connection that sleeps in the broker broke.</exception>
    public async Task SleepAsync(QueueRotation rotation, TimeSpan longest, bool hasRoom, IReadOnlyList<Task> events)
    {
        if (hasRoom)
        {
            wake ??= listener.WaitAsync(CancellationToken.None);
        }

        var over = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using (time.CreateTimer(static over => ((TaskCompletionSource)over!).TrySetResult(), over, longest, Timeout.InfiniteTimeSpan))
        {
            await Task.WhenAny(wake is null ? [over.Task, .. events] : [over.Task, wake, .. events]);
        }

        if (wake is { IsCompleted: true } token)
        {
            wake = null;
            await TakeAsync(rotation, await token, hasRoom);
        }
    }

    private async Task TakeAsync(QueueRotation rotation, WakeUp up, bool hasRoom)
    {
        foreach (var queue in up.Queues)
        {
            rotation.Suspect(queue);
            if (up.TookToken && !hasRoom)
            {
                await PassOnAsync(queue);
            }
        }
    }

    private async Task PassOnAsync(string queue)
    {
        try
        {
            await listener.PassOnAsync(queue, CancellationToken.None);
        }
        catch (Exception e) when (e is RedisUnavailableException or RedisServerException)
        {
            // A token is a hint: without it the others look by themselves within seconds.
            LogTokenLost(logger, queue, e.Message);
        }
    }

    [LoggerMessage(LogLevel.Debug, "A wake-up for queue {Queue} could not be passed on: {Reason}")]
    private static partial void LogTokenLost(ILogger logger, string queue, string reason);
}
