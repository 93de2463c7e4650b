using System.Diagnostics;
using TaskRunner.Beat;
using TaskRunner.Broker;
using TaskRunner.Database;
using TaskRunner.Tests.Support;

namespace TaskRunner.Tests.Beat;

/// <summary>A database of its own with beats on it, a broker in memory and what they tell.</summary>
internal sealed class BeatBench(PostgresServer server, DatabaseOptions options) : IAsyncDisposable
{
    /// <summary>State and reason of all ticks, in order.</summary>
    public const string Ticks = "SELECT string_agg(concat_ws(' ', state, reason), '; ' ORDER BY nominal) FROM taskrunner.ticks";

    private readonly CancellationTokenSource stop = new();
    private readonly List<Task> running = [];
    private readonly List<Postgres> pools = [];

    public RecordingEnqueuer Broker { get; } = new();

    public RecordingObserver Observer { get; } = new();

    public RecordingLog Log { get; } = new();

    public string Database => options.Database;

    public DatabaseOptions Options => options;

    /// <summary>A bench on a migrated database of its own.</summary>
    public static async Task<BeatBench> OpenAsync(PostgresFixture fixture) => new(fixture.Server, await fixture.CreateMigratedAsync());

    public BeatService Create(string name = "beat-1", params ScheduleDeclaration[] declared) => Create(Settings(name, declared));

    /// <param name="settings">How it runs.</param>
    /// <param name="broker">Null takes the one in memory.</param>
    /// <param name="time">The clock of its host.</param>
    public BeatService Create(BeatOptions settings, IEnqueuer? broker = null, TimeProvider? time = null)
    {
        var postgres = new Postgres(options with { Registers = true });
        pools.Add(postgres);
        return new BeatService(settings, postgres, broker ?? Broker, Observer, time ?? TimeProvider.System, new Random(1), Log);
    }

    /// <summary>Starts a beat that runs until <see cref="StopAsync"/>.</summary>
    public BeatService Start(string name = "beat-1", params ScheduleDeclaration[] declared) => Start(Settings(name, declared));

    /// <inheritdoc cref="Start(string, ScheduleDeclaration[])"/>
    /// <param name="settings">How it runs.</param>
    /// <param name="time">The clock of its host.</param>
    public BeatService Start(BeatOptions settings, TimeProvider? time = null)
    {
        var beat = Create(settings, time: time);
        running.Add(beat.RunAsync(stop.Token));
        return beat;
    }

    public async Task StopAsync()
    {
        await stop.CancelAsync();
        await Task.WhenAll(running);
        running.Clear();
    }

    /// <summary>Has every schedule due, and the beat deal with it.</summary>
    public async Task TickAsync(BeatService beat)
    {
        await ExecuteAsync("UPDATE taskrunner.schedules SET next_due = clock_timestamp()");
        await beat.RunOnceAsync(CancellationToken.None);
    }

    /// <summary>Has the beat look at every tick that is not over.</summary>
    public async Task LookAsync(BeatService beat)
    {
        await ExecuteAsync("UPDATE taskrunner.ticks SET check_at = now() WHERE check_at IS NOT NULL");
        await beat.RunOnceAsync(CancellationToken.None);
    }

    public Task<object?> ExecuteAsync(string sql) => server.ExecuteAsync(options.Database, sql);

    /// <summary>Asks for one value, which is not null.</summary>
    public Task<T> ScalarAsync<T>(string sql) => server.ScalarAsync<T>(options.Database, sql);

    /// <summary>Adds a schedule: <paramref name="timing"/> sets cron or every_ms, <paramref name="rest"/> other columns, in SQL.</summary>
    public Task AddAsync(string name, string timing, string rest = "name = name") => ExecuteAsync(
        $"""
        INSERT INTO taskrunner.schedules (name, task, cron) VALUES ('{name}', 'debug.echo', '1 1 1 1 *');
        UPDATE taskrunner.schedules SET {(timing.StartsWith("every", StringComparison.Ordinal) ? "cron = NULL, " : "")}{timing} WHERE name = '{name}';
        UPDATE taskrunner.schedules SET {rest} WHERE name = '{name}'
        """);

    /// <summary>Ids of what was enqueued for a schedule, in order.</summary>
    public IReadOnlyList<Guid> IdsOf(string schedule) =>
        [.. Broker.Accepted.Where(request => request.Message.Schedule == schedule).Select(request => request.Message.Id)];

    /// <summary>Waits until something is so.</summary>
    public static async Task UntilAsync(string what, Func<bool> isSo, double seconds = 60)
    {
        var watch = Stopwatch.StartNew();
        while (!isSo())
        {
            if (watch.Elapsed.TotalSeconds > seconds)
            {
                throw new TimeoutException($"After {seconds} s it is still not so that {what}.");
            }

            await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        stop.Dispose();
        foreach (var pool in pools)
        {
            await pool.DisposeAsync();
        }
    }

    private static BeatOptions Settings(string name, ScheduleDeclaration[] declared) =>
        new() { Name = name, Version = "1.2.3", Declared = declared.Length > 0 ? declared : null };
}
