using System.Diagnostics;
using TaskRunner.Beat;
using TaskRunner.Broker;
using TaskRunner.Database;
using TaskRunner.Tests.Support;

namespace TaskRunner.Tests.Beat;

/// <summary>A database of its own with beats on it, a broker in memory and what they tell.</summary>
internal sealed class BeatBench(PostgresServer server, DatabaseOptions options) : IAsyncDisposable
{
    private readonly CancellationTokenSource stop = new();
    private readonly List<Task> running = [];
    private readonly List<Postgres> pools = [];

    public RecordingEnqueuer Broker { get; } = new();

    public RecordingObserver Observer { get; } = new();

    public RecordingLog Log { get; } = new();

    public string Database => options.Database;

    public DatabaseOptions Options => options;

    public BeatService Create(string name = "beat-1", params ScheduleDeclaration[] declared) =>
        Create(new BeatOptions { Name = name, Version = "1.2.3", Declared = declared.Length > 0 ? declared : null });

    /// <param name="settings">How it runs.</param>
    /// <param name="broker">Null takes the one in memory.</param>
    /// <param name="time">The clock of its host.</param>
    public BeatService Create(BeatOptions settings, IEnqueuer? broker = null, TimeProvider? time = null)
    {
        var postgres = new Postgres(options);
        pools.Add(postgres);
        return new BeatService(settings, postgres, broker ?? Broker, Observer, time ?? TimeProvider.System, new Random(1), Log);
    }

    /// <summary>Starts a beat whose host has this clock.</summary>
    public void Start(string name, TimeProvider time) => running.Add(Create(new BeatOptions { Name = name }, time: time).RunAsync(stop.Token));

    /// <summary>Starts a beat that runs until <see cref="StopAsync"/>.</summary>
    public BeatService Start(string name = "beat-1", params ScheduleDeclaration[] declared)
    {
        var beat = Create(name, declared);
        running.Add(beat.RunAsync(stop.Token));
        return beat;
    }

    public async Task StopAsync()
    {
        await stop.CancelAsync();
        await Task.WhenAll(running);
        running.Clear();
    }

    public Task<object?> ExecuteAsync(string sql) => server.ExecuteAsync(options.Database, sql);

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
    public static async Task UntilAsync(string what, Func<bool> isSo, double seconds = 15)
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
}
