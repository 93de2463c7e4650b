using Microsoft.Extensions.Logging;
using TaskRunner.Loops;
using TaskRunner.Observability;
using TaskRunner.Results;

namespace TaskRunner.Worker;

/// <summary>Removes results whose time to live is over. Every worker does it; it costs one indexed statement.</summary>
internal sealed partial class Janitor(IResultStore store, TimeProvider time, ILogger logger)
{
    // A call that deletes fewer than this has found no more.
    private const int Many = 1000;

    // A store of one's own may say what it likes: a round ends.
    private const int MostCalls = 1000;

    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(5);

    private readonly OutageLog outage = new("Old results cannot be deleted", time, logger);

    public Task RunAsync(SupervisedLoop loop, CancellationToken stopping) =>
        loop.EveryAsync(Interval, token => RunOnceAsync(token, () => loop.Step("round")), atOnce: false, stopping);

    /// <param name="stopping">Ends the waiting.</param>
    /// <param name="deleting">Told of each call to the store: there may be very many.</param>
    internal async Task RunOnceAsync(CancellationToken stopping, Action? deleting = null)
    {
        try
        {
            var deleted = 0L;
            for (var (call, some) = (0, Many); call < MostCalls && some >= Many; call++)
            {
                some = await store.DeleteExpiredAsync(stopping);
                deleted += some;
                deleting?.Invoke();
            }

            outage.Succeeded();
            if (deleted > 0)
            {
                LogDeleted(logger, deleted);
            }
        }
        catch (DatabaseUnavailableException e)
        {
            outage.Failed(e);
        }
    }

    [LoggerMessage(LogLevel.Information, "{Count} results whose time was over were deleted")]
    private static partial void LogDeleted(ILogger logger, long count);
}
