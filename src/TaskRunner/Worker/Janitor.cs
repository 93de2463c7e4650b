using Microsoft.Extensions.Logging;
using TaskRunner.Loops;
using TaskRunner.Observability;
using TaskRunner.Results;

namespace TaskRunner.Worker;

/// <summary>Removes results whose time to live is over. Every worker does it; it costs one indexed statement.</summary>
internal sealed partial class Janitor(IResultStore store, TimeProvider time, ILogger logger)
{
    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(5);

    private readonly OutageLog outage = new("Old results cannot be deleted", time, logger);

    public Task RunAsync(SupervisedLoop loop, CancellationToken stopping) => loop.EveryAsync(Interval, RunOnceAsync, atOnce: false, stopping);

    internal async Task RunOnceAsync(CancellationToken stopping)
    {
        try
        {
            var deleted = await store.DeleteExpiredAsync(stopping);
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
    private static partial void LogDeleted(ILogger logger, int count);
}
