using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.Logging;
using Npgsql;
using TaskRunner.Broker;
using TaskRunner.Database;
using TaskRunner.Observability;
using TaskRunner.Results;

namespace TaskRunner.Beat;

/// <summary>Enqueues a task at each tick of each schedule; any number of beats share the work, and no tick runs twice.</summary>
/// <remarks>
/// A due row is locked, its ticks are enqueued under ids made from schedule and nominal time, the next due time is written, the transaction
/// commits. A crash in between leaves the row due; the next beat enqueues the same ids, and the broker refuses those that it has.
/// </remarks>
public sealed partial class BeatService
{
    private static readonly TimeSpan GoodbyeTimeout = TimeSpan.FromSeconds(2);

    private readonly BeatOptions options;
    private readonly Postgres postgres;
    private readonly BeatRegistry registry;
    private readonly ScheduleSync sync;
    private readonly IBeatObserver observer;
    private readonly TimeProvider time;
    private readonly Random random;
    private readonly ILogger logger;
    private readonly TickEnqueuer ticks;
    private readonly OutageLog database;
    private readonly OutageLog broker;
    private bool synced;
    private long? shown;
    private long lastTurn;

    public BeatService(BeatOptions options, Postgres postgres, IEnqueuer enqueuer, IBeatObserver observer, TimeProvider time, Random random, ILogger logger)
    {
        this.options = options;
        this.postgres = postgres;
        this.observer = observer;
        this.time = time;
        this.random = random;
        this.logger = logger;
        registry = new BeatRegistry(postgres);
        sync = new ScheduleSync(postgres);
        ticks = new TickEnqueuer(enqueuer, time, logger);
        database = new OutageLog("The database is unavailable", time, logger);
        broker = new OutageLog("The broker is unavailable", time, logger);
        lastTurn = time.GetUtcNow().UtcTicks;
    }

    /// <summary>When the loop last went round, whether or not the stores answered; at first, when this object was made.</summary>
    public DateTimeOffset LastTurn => new(Interlocked.Read(ref lastTurn), TimeSpan.Zero);

    /// <summary>Ticks until it is told to stop; outlives outages of both stores.</summary>
    /// <exception cref="ScheduleFileException">A declared schedule clashes with one made by hand, or the database refuses it.</exception>
    public async Task RunAsync(CancellationToken stopping)
    {
        try
        {
            while (!stopping.IsCancellationRequested)
            {
                await Task.Delay(await TurnAsync(stopping), time, stopping);
            }
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
        }

        await SayGoodbyeAsync();
    }

    /// <summary>Enqueues what is due now.</summary>
    /// <returns>How long to wait until the next call.</returns>
    /// <exception cref="DatabaseUnavailableException">The database did not answer; nothing is lost.</exception>
    /// <exception cref="BrokerUnavailableException">The broker did not answer; nothing is lost.</exception>
    public async Task<TimeSpan> RunOnceAsync(CancellationToken stopping)
    {
        await SyncAsync(stopping);
        await ShowAsync(stopping);
        return await postgres.RunAsync(SettleDueAsync, stopping);
    }

    [SuppressMessage("Security", "CA5394:Do not use insecure randomness", Justification = "It spreads retries, it keeps no secret.")]
    private async Task<TimeSpan> TurnAsync(CancellationToken stopping)
    {
        try
        {
            var wait = await RunOnceAsync(stopping);
            database.Succeeded();
            return wait;
        }
        catch (Exception e) when (e is DatabaseUnavailableException or NpgsqlException)
        {
            database.Failed(e);
        }
        catch (BrokerUnavailableException e)
        {
            database.Succeeded();
            broker.Failed(e);
        }
        finally
        {
            Interlocked.Exchange(ref lastTurn, time.GetUtcNow().UtcTicks);
            observer.LoopTurned();
        }

        // Spread, so that several beats do not knock together.
        return options.LongestSleep * (0.5 + (random.NextDouble() / 2));
    }

    private async Task<TimeSpan> SettleDueAsync(NpgsqlConnection connection, CancellationToken stopping)
    {
        await using var transaction = await connection.BeginTransactionAsync(stopping);
        var (now, due, wait) = await BeatStore.ClaimAsync(connection, options, stopping);
        if (due.Count > 0)
        {
            var settled = await ticks.EnqueueAsync([.. due.Select(schedule => TickPlan.Make(schedule, now))], stopping);

            // From here to the commit a stop would only make the next beat ask for the same ids again.
            wait = await BeatStore.SettleAsync(connection, [.. settled.Select(entry => entry.Plan)], CancellationToken.None);
            await transaction.CommitAsync(CancellationToken.None);
            settled.ForEach(entry => Report(entry.Plan, entry.Outcomes, now));
        }
        else
        {
            await transaction.CommitAsync(stopping);
        }

        return due.Count == options.BatchSize ? TimeSpan.Zero : Sleep(wait);
    }

    private void Report(TickPlan plan, IReadOnlyList<TickOutcome> outcomes, DateTimeOffset now)
    {
        for (var i = 0; i < outcomes.Count; i++)
        {
            observer.Ticked(plan.Schedule.Name, outcomes[i], now - plan.Ticks[i]);
        }

        if (plan.Dropped)
        {
            var lag = now - plan.Schedule.NextDue.GetValueOrDefault(now);
            observer.Ticked(plan.Schedule.Name, TickOutcome.Skipped, lag);
            if (lag > TickPlan.Tolerance)
            {
                LogDropped(logger, plan.Schedule.Name, CatchUpName.Of(plan.Schedule.CatchUp), lag.TotalSeconds);
            }
        }

        if (outcomes.Any(outcome => outcome != TickOutcome.Refused))
        {
            broker.Succeeded();
        }

        if (plan.Problem is { } problem && plan.NextDue is null)
        {
            LogProblem(logger, plan.Schedule.Name, problem);
        }
    }

    // Whole milliseconds, upwards: waking early finds nothing due.
    private TimeSpan Sleep(TimeSpan? wait)
    {
        var exact = wait is { } known && known < options.LongestSleep ? known : options.LongestSleep;
        return TimeSpan.FromMilliseconds(Math.Ceiling(exact.TotalMilliseconds));
    }

    private async Task SyncAsync(CancellationToken stopping)
    {
        if (!synced && options.Declared is { } declared)
        {
            var report = await sync.ApplyAsync(declared, stopping);
            LogSynced(logger, declared.Count, report.Added.Count, report.Updated.Count, report.Removed.Count);
        }

        synced = true;
    }

    private async Task ShowAsync(CancellationToken stopping)
    {
        if (shown is { } last && time.GetElapsedTime(last) < options.ShowInterval)
        {
            return;
        }

        await registry.ShowAsync(options.Name, options.Version, stopping);
        var (enabled, paused) = await postgres.RunAsync(BeatStore.CountAsync, stopping);
        shown = time.GetTimestamp();
        observer.SchedulesCounted(enabled, paused);
    }

    private async Task SayGoodbyeAsync()
    {
        using var deadline = new CancellationTokenSource(GoodbyeTimeout, time);
        try
        {
            await registry.RemoveAsync(options.Name, deadline.Token);
        }
        catch (Exception e) when (e is DatabaseUnavailableException or OperationCanceledException)
        {
            LogNoGoodbye(logger, options.Name, e.Message);
        }
    }

    [LoggerMessage(LogLevel.Information, "{Declared} declared schedules: {Added} added, {Updated} changed, {Removed} removed")]
    private static partial void LogSynced(ILogger logger, int declared, int added, int updated, int removed);

    [LoggerMessage(LogLevel.Warning, "Schedule {Schedule} does not run until it is edited: {Problem}")]
    private static partial void LogProblem(ILogger logger, string schedule, string problem);

    [LoggerMessage(LogLevel.Warning, "Schedule {Schedule} missed ticks, the first {Seconds:0.0} s ago; its policy {Policy} drops them")]
    private static partial void LogDropped(ILogger logger, string schedule, string policy, double seconds);

    [LoggerMessage(LogLevel.Information, "Beat {Name} stays listed until it is cleaned up: {Reason}")]
    private static partial void LogNoGoodbye(ILogger logger, string name, string reason);
}
