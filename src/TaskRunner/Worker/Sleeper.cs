using Microsoft.Extensions.Logging;
using TaskRunner.Broker;
using TaskRunner.Redis;

namespace TaskRunner.Worker;

/// <summary>Where the fetch loop sleeps. It blocks in the broker only while the worker has room for a task, so that it takes no token from one that has.</summary>
internal sealed partial class Sleeper(WakeListener listener, TimeProvider time, ILogger logger)
{
    private Task<WakeUp>? wake;

    /// <summary>The fetch that stands in the broker; null when there is none.</summary>
    public StandingFetch? Standing { get; private set; }

    /// <summary>Sleeps until the time is over, one of the events happens, or the broker wakes it; notes in the rotation which queue that was for.</summary>
    /// <param name="rotation">Told which queues may have something.</param>
    /// <param name="longest">Longest sleep.</param>
    /// <param name="hasRoom">Whether to sleep in the broker.</param>
    /// <param name="fetch">The fetch that stands there meanwhile, if it does not sleep there already; null for none.</param>
    /// <param name="events">What else ends the sleep.</param>
    /// <returns>The fetch that came back, and what it brought; null for none.</returns>
    /// <inheritdoc cref="WakeListener.WaitAsync(StandingFetch?, CancellationToken)" path="/exception"/>
    public async Task<(StandingFetch Fetch, StepReply Reply)?> SleepAsync(QueueRotation rotation, TimeSpan longest, bool hasRoom, StandingFetch? fetch, IReadOnlyList<Task> events)
    {
        if (hasRoom && wake is null)
        {
            Standing = fetch;
            wake = listener.WaitAsync(fetch, CancellationToken.None);
        }

        var over = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using (time.CreateTimer(static over => ((TaskCompletionSource)over!).TrySetResult(), over, longest, Timeout.InfiniteTimeSpan))
        {
            await Task.WhenAny(wake is null ? [over.Task, .. events] : [over.Task, wake, .. events]);
        }

        if (wake is not { IsCompleted: true } token)
        {
            return null;
        }

        var standing = Standing;
        (wake, Standing) = (null, null);
        var up = await token;
        await TakeAsync(rotation, up, hasRoom);
        return standing is not null && up.Fetched is { } reply ? (standing, reply) : null;
    }

    /// <summary>When a sleep ended without a token and all queues were looked at; 0 for never.</summary>
    public long LookedAt { get; private set; }

    /// <summary>Slots that the standing fetch may fill; none where it cannot stand, since the connection is away, or where its life is over.</summary>
    public int Promised(Incarnation? life, int generation) =>
        listener.IsConnected && Standing is { } standing && standing.IsGoodFor(life, generation) ? standing.Fetch.Count : 0;

    /// <summary>Calls the standing fetch back: its reply comes within a round trip, or at the end of the longest sleep if the broker could not be told.</summary>
    public async Task RecallAsync(RedisBroker broker)
    {
        var standing = Standing!;
        standing.IsRecalled = true;
        try
        {
            await broker.RecallAsync(standing.Life.Name, standing.Fetch.Queue, CancellationToken.None);
        }
        catch (BrokerUnavailableException e)
        {
            LogNotRecalled(logger, standing.Fetch.Queue, e.Message);
        }
    }

    private async Task TakeAsync(QueueRotation rotation, WakeUp up, bool hasRoom)
    {
        if (!up.TookToken)
        {
            LookedAt = time.GetTimestamp();
        }

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

    [LoggerMessage(LogLevel.Debug, "The fetch that stands at queue {Queue} could not be called back: {Reason}")]
    private static partial void LogNotRecalled(ILogger logger, string queue, string reason);

    [LoggerMessage(LogLevel.Debug, "A wake-up for queue {Queue} could not be passed on: {Reason}")]
    private static partial void LogTokenLost(ILogger logger, string queue, string reason);
}
