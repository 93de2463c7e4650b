using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.Logging;
using Npgsql;
using TaskRunner.Broker;
using TaskRunner.Database;
using TaskRunner.Loops;
using TaskRunner.Observability;
using TaskRunner.Results;

namespace TaskRunner.Beat;

/// <summary>The loop of beat: enqueues a task at each tick of each schedule. Any number of beats share the work, and no tick runs twice.</summary>
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
    private readonly TickEngine engine;
    private readonly TickJanitor janitor;
    private readonly BeatAgenda agenda;
    private readonly OutageLog database;
    private readonly DeclaredSet? set;
    private string? replacedBy;
    private string? clash;
    private Dictionary<string, string> refused = [];
    private readonly LoopSupervisor loops;
    private readonly SupervisedLoop loop;
    private bool synced;
    private int failures;
    private long? shown;
    private long? counted;
    private long lastTurn;

    public BeatService(BeatOptions options, Postgres postgres, IEnqueuer enqueuer, IBeatObserver observer, TimeProvider time, Random random, ILogger logger)
    {
        this.options = options;
        this.postgres = postgres;
        this.observer = observer = new HarmlessObserver(observer);
        this.time = time;
        this.random = random;
        this.logger = logger;
        registry = new BeatRegistry(postgres);
        sync = new ScheduleSync(postgres);
        set = options.Declared is { } declared
            ? new DeclaredSet(declared) { Source = options.DeclaredSource, Version = options.DeclaredVersion, Program = $"{options.Name} ({options.Version})" }
            : null;
        var jumps = new ClockJumps(options.Name, postgres, observer, time, logger);
        var writer = new ClaimWriter(options, postgres, jumps, time, logger);
        var relay = new TickRelay(enqueuer, options.Registry, logger);
        engine = new TickEngine(options, postgres, relay, jumps, writer, observer, time, logger);
        janitor = new TickJanitor(postgres, options.TickTimeToLive, time, logger);
        agenda = new BeatAgenda(options, time);
        loops = options.Loops ?? new LoopSupervisor(time, logger);
        loop = loops.Loop("beat");
        database = new OutageLog("The database is unavailable", time, logger);
        lastTurn = time.GetUtcNow().UtcTicks;

        // The beat before it may have died while the clock of the database was ahead, and nobody else may have seen that.
        engine.LookAhead();
    }

    /// <summary>When the loop last went round, whether or not the stores answered; at first, when this object was made.</summary>
    public DateTimeOffset LastTurn => new(Interlocked.Read(ref lastTurn), TimeSpan.Zero);

    /// <summary>Ticks until it is told to stop; outlives outages of both stores.</summary>
    /// <exception cref="ScheduleFileException">
    /// A declared schedule clashes with one made by hand, or has a value that the database cannot hold.
    /// </exception>
    public async Task RunAsync(CancellationToken stopping)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        var cleaning = janitor.RunAsync(loops.Loop("tick-janitor"), ending.Token);
        try
        {
            await loop.RunAsync(WorkAsync, stopping, static e => e is ScheduleFileException);
        }
        finally
        {
            await ending.CancelAsync();
            await cleaning;
        }

        await SayGoodbyeAsync();
    }

    /// <summary>Enqueues what is due now, and what others left.</summary>
    /// <returns>How long to wait until the next call.</returns>
    /// <exception cref="DatabaseUnavailableException">The database did not answer; nothing is lost.</exception>
    /// <exception cref="BrokerUnavailableException">The broker did not answer; nothing is lost.</exception>
    public async Task<TimeSpan> RunOnceAsync(CancellationToken stopping)
    {
        await SyncAsync(stopping);
        if (engine.IsBrokerAway)
        {
            // First what is written already: while the broker does not take that, no more is written, and the catch-up policies decide when it is back.
            await TendAsync(stopping);
            if (await engine.IsHeldUpAsync(stopping))
            {
                return options.HandOver / 4;
            }
        }

        // What is due goes before all else: the loop woke for it.
        await ClaimAsync(stopping);
        if (agenda.IsTimeToTend)
        {
            await TendAsync(stopping);
        }

        return agenda.Rest;
    }

    private async Task WorkAsync(CancellationToken stopping)
    {
        while (!stopping.IsCancellationRequested)
        {
            await Task.Delay(await TurnAsync(stopping), time, stopping);
        }
    }

    /// <summary>One turn of the loop: <see cref="RunOnceAsync"/>, and what an outage of a store makes of it.</summary>
    /// <returns>How long to wait until the next turn.</returns>
    internal async Task<TimeSpan> TurnAsync(CancellationToken stopping)
    {
        try
        {
            loop.Step("turn");
            var wait = await RunOnceAsync(stopping);
            database.Succeeded();
            failures = 0;
            loop.Turned();
            return wait;
        }
        catch (Exception e) when (e is DatabaseUnavailableException or NpgsqlException)
        {
            database.Failed(e);
        }
        catch (BrokerUnavailableException e)
        {
            database.Succeeded();
            engine.BrokerFailed(e);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            agenda.Failed();
            throw;
        }
        finally
        {
            Interlocked.Exchange(ref lastTurn, time.GetUtcNow().UtcTicks);
            observer.LoopTurned();
        }

        agenda.Failed();
        return PauseAfterFailure();
    }

    private async Task ClaimAsync(CancellationToken stopping)
    {
        loop.Step("claim");
        var began = agenda.Now;
        var (count, isMore, wait) = await engine.ClaimAsync(stopping);
        agenda.Claimed(began, count, isMore, wait);
    }

    /// <summary>Shows itself, and looks after ticks that are rows already.</summary>
    private async Task TendAsync(CancellationToken stopping)
    {
        loop.Step("tend");
        await ShowAsync(stopping);
        var (isMore, next) = await engine.SweepAsync(stopping);
        agenda.Tended(isMore, next);
    }

    // The first retry comes at once, because a connection that was cut is replaced by a new one; then longer, up to a full sleep. Spread, so that
    // several beats do not knock together.
    [SuppressMessage("Security", "CA5394:Do not use insecure randomness", Justification = "It spreads retries, it keeps no secret.")]
    private TimeSpan PauseAfterFailure() =>
        options.LongestSleep * Math.Min(failures++ / 8.0, 1) * (0.5 + (random.NextDouble() / 2));

    private async Task SyncAsync(CancellationToken stopping)
    {
        if (!synced && set is not null)
        {
            await ApplyAsync(set, stopping);
        }

        synced = true;
    }

    private async Task ApplyAsync(DeclaredSet declared, CancellationToken stopping)
    {
        var report = await sync.ApplyAsync(declared, stopping, isPatient: true);
        if (report.YieldsTo is null)
        {
            foreach (var (name, problem) in report.Refused.Where(entry => refused.GetValueOrDefault(entry.Key) != entry.Value))
            {
                LogRefused(logger, name, problem);
            }

            (replacedBy, clash, refused) = (null, null, report.Refused);
            if (!synced || report.Added.Count + report.Updated.Count + report.Removed.Count > 0)
            {
                LogSynced(logger, declared.Schedules.Count, report.Added.Count, report.Updated.Count, report.Removed.Count);
            }
        }
        else if (replacedBy != report.YieldsTo)
        {
            replacedBy = report.YieldsTo;
            LogYields(logger, report.YieldsTo);
        }
    }

    /// <summary>Looks whether its declared schedules are in force still. Those that replaced them are to stay while a beat that has them is alive; then its own come back.</summary>
    private async Task CheckSetAsync(CancellationToken stopping)
    {
        if (set is null)
        {
            return;
        }

        if (await sync.ReplacedByAsync(set, stopping) is not { } other)
        {
            replacedBy = null;
            if (refused.Count > 0)
            {
                await TakeBackAsync(set, set.Program, stopping);
            }
        }
        else if (replacedBy is null)
        {
            replacedBy = other;
            LogReplaced(logger, other);
        }
        else
        {
            await TakeBackAsync(set, other, stopping);
        }
    }

    /// <summary>At its start a beat ends over a clash, so that somebody sees it; one that runs goes on with what there is.</summary>
    private async Task TakeBackAsync(DeclaredSet declared, string other, CancellationToken stopping)
    {
        try
        {
            await ApplyAsync(declared, stopping);
        }
        catch (ScheduleFileException e)
        {
            if (clash != e.Message)
            {
                clash = e.Message;
                LogClash(logger, other, string.Join("; ", e.Mistakes));
            }
        }
    }

    private async Task ShowAsync(CancellationToken stopping)
    {
        if (shown is null || time.GetElapsedTime(shown.Value) >= options.ShowInterval)
        {
            await registry.ShowAsync(options.Name, options.Version, replacedBy is null ? set?.Fingerprint : null, stopping);
            observer.RelayLagged(await engine.LagAsync(stopping));
            shown = time.GetTimestamp();
        }

        if (counted is null || time.GetElapsedTime(counted.Value) >= options.CountInterval)
        {
            var counts = await postgres.HereAsync(ScheduleCensus.CountAsync, stopping);
            if (counts.Ahead > 0)
            {
                engine.LookAhead();
            }

            observer.SchedulesCounted(counts);
            await CheckSetAsync(stopping);
            counted = time.GetTimestamp();
        }
    }

    private async Task SayGoodbyeAsync()
    {
        using var deadline = new CancellationTokenSource(GoodbyeTimeout, time);
        try
        {
            await registry.RemoveAsync(options.Name, deadline.Token);
        }
        catch (Exception e) when (Survivable.Any(e))
        {
            LogNoGoodbye(logger, options.Name, e.Message);
        }
    }

    [LoggerMessage(LogLevel.Information, "{Declared} declared schedules: {Added} added, {Updated} changed, {Removed} removed")]
    private static partial void LogSynced(ILogger logger, int declared, int added, int updated, int removed);

    [LoggerMessage(LogLevel.Warning, "schedules.{Name} stays as it is in the database; all others are applied: {Problem}")]
    private static partial void LogRefused(ILogger logger, string name, string problem);

    [LoggerMessage(LogLevel.Warning, "The declared schedules are not applied: those of beat {Other} are newer and stay in force")]
    private static partial void LogYields(ILogger logger, string other);

    [LoggerMessage(LogLevel.Warning, "The declared schedules of this beat were replaced by those of beat {Other}, which it works on with")]
    private static partial void LogReplaced(ILogger logger, string other);

    [LoggerMessage(LogLevel.Warning, "The declared schedules of this beat cannot come back in the place of those of {Other}, which stay: {Mistakes}")]
    private static partial void LogClash(ILogger logger, string other, string mistakes);

    [LoggerMessage(LogLevel.Information, "Beat {Name} stays listed until it is cleaned up: {Reason}")]
    private static partial void LogNoGoodbye(ILogger logger, string name, string reason);
}
