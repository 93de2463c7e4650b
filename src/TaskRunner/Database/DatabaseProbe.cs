using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using TaskRunner.Loops;
using TaskRunner.Results;

namespace TaskRunner.Database;

/// <summary>Asks the database now and then whether it answers, has the schema and takes writes, so that readiness can tell at once; a schema that is behind is logged too.</summary>
internal sealed partial class DatabaseProbe(Postgres postgres, TimeProvider time, ILogger? log = null)
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan IntervalInTrouble = TimeSpan.FromSeconds(1);

    // Beside a database and a migration that start with it, a process is ready as soon as they are.
    private static readonly TimeSpan IntervalAtStart = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan Start = TimeSpan.FromSeconds(30);

    private readonly Migrator migrator = new(postgres);
    private readonly long began = time.GetTimestamp();
    private volatile string? trouble = "not asked yet";
    private readonly ILogger logger = log ?? NullLogger.Instance;
    private bool wasFine;
    private bool isBehind;

    /// <summary>What is wrong, one sentence; null when nothing is.</summary>
    public string? Trouble => trouble;

    /// <summary>Time until the database is asked again.</summary>
    internal TimeSpan Pause =>
        trouble is null ? Interval
        : !wasFine && time.GetElapsedTime(began) < Start ? IntervalAtStart
        : IntervalInTrouble;

    public Task RunAsync(SupervisedLoop loop, CancellationToken stopping) => loop.RunAsync(
        async token =>
        {
            while (!token.IsCancellationRequested)
            {
                loop.Step("ask");
                await RunOnceAsync(token);
                loop.Turned();
                await Task.Delay(Pause, time, token);
            }
        },
        stopping);

    internal async Task RunOnceAsync(CancellationToken stopping)
    {
        try
        {
            var pending = await migrator.PendingAsync(stopping);
            trouble = pending.Count > 0 ? $"the schema is not up to date ({pending.Count} migration(s) missing): run 'taskrunner migrate'"
                : await postgres.TakesWritesAsync(stopping) ? null
                : $"PostgreSQL at {postgres.Options.Address} takes no writes: {PostgresErrors.ReadOnlyAdvice}";
            wasFine |= trouble is null;
            NoteSchema(pending.Count);
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            // The process stops.
        }
        catch (Exception e) when (e is DatabaseUnavailableException or MigrationException)
        {
            trouble = e.Message;
        }
    }

    /// <summary>Says once that the schema is behind, and once that it no longer is: a worker works without it, and its results wait.</summary>
    private void NoteSchema(int pending)
    {
        if (pending > 0 && !isBehind)
        {
            LogBehind(logger, pending);
        }
        else if (pending == 0 && isBehind)
        {
            LogCurrent(logger);
        }

        isBehind = pending > 0;
    }

    [LoggerMessage(LogLevel.Warning, "Database schema is not up to date, {Count} migration(s) missing: run 'taskrunner migrate'")]
    private static partial void LogBehind(ILogger logger, int count);

    [LoggerMessage(LogLevel.Information, "Database schema is up to date")]
    private static partial void LogCurrent(ILogger logger);
}
