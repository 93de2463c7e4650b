using TaskRunner.Results;

namespace TaskRunner.Database;

/// <summary>Asks the database now and then whether it answers and has the schema, so that readiness can tell at once.</summary>
internal sealed class DatabaseProbe(Migrator migrator, TimeProvider time)
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan IntervalInTrouble = TimeSpan.FromSeconds(1);

    // Beside a database and a migration that start with it, a process is ready as soon as they are.
    private static readonly TimeSpan IntervalAtStart = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan Start = TimeSpan.FromSeconds(30);

    private readonly long began = time.GetTimestamp();
    private volatile string? trouble = "not asked yet";
    private bool wasFine;

    /// <summary>What is wrong, one sentence; null when nothing is.</summary>
    public string? Trouble => trouble;

    /// <summary>Time until the database is asked again.</summary>
    internal TimeSpan Pause =>
        trouble is null ? Interval
        : !wasFine && time.GetElapsedTime(began) < Start ? IntervalAtStart
        : IntervalInTrouble;

    public async Task RunAsync(CancellationToken stopping)
    {
        while (!stopping.IsCancellationRequested)
        {
            await RunOnceAsync(stopping);
            await Task.Delay(Pause, time, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    internal async Task RunOnceAsync(CancellationToken stopping)
    {
        try
        {
            var pending = await migrator.PendingAsync(stopping);
            trouble = pending.Count == 0 ? null : $"the schema is not up to date ({pending.Count} migration(s) missing): run 'taskrunner migrate'";
            wasFine |= trouble is null;
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
}
