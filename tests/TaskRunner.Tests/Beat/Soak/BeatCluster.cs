using TaskRunner.Database;
using TaskRunner.Tests.Support;

namespace TaskRunner.Tests.Beat.Soak;

/// <summary>
/// Real processes: several beats, one worker, a Redis that keeps its data, a PostgreSQL; perhaps a second installation with a beat and a worker on the same stores; and what may
/// happen to them.
/// </summary>
internal sealed class BeatCluster : IAsyncDisposable
{
    private const string Cut = """
        SELECT pg_terminate_backend(pid) FROM pg_stat_activity
         WHERE datname = current_database() AND application_name = 'taskrunner' AND pid <> pg_backend_pid()
         ORDER BY random() LIMIT 1
        """;

    // Times are those of users only with the program that they run, which is compiled ahead.

    private readonly PostgresServer postgres;
    private readonly DatabaseOptions database;
    private readonly WorkerProcess?[] beats;
    private readonly int home;
    private readonly Random random = new(1);
    private readonly List<WorkerProcess> workers = [];

    private BeatCluster(PostgresServer postgres, DatabaseOptions database, RedisServer redis, int home, int others)
    {
        this.postgres = postgres;
        this.database = database;
        Redis = redis;
        this.home = home;
        beats = new WorkerProcess?[home + others];
    }

    /// <summary>The namespace of the second installation.</summary>
    public const string Neighbour = "neighbour";

    public RedisServer Redis { get; }

    /// <summary>What the beats logged that is neither information nor a warning.</summary>
    public IEnumerable<string> Errors => beats.OfType<WorkerProcess>().SelectMany(beat => beat.Output).Where(line => line.Contains("\"level\":\"Error\"", StringComparison.OrdinalIgnoreCase));

    public static async Task<BeatCluster> StartAsync(int replicas, bool hasNeighbour = false)
    {
        var postgres = await PostgresServer.StartNewAsync();
        var redis = await RedisServer.StartAsync(new RedisServerOptions { AppendOnly = true, Configuration = ["auto-aof-rewrite-percentage 0"] });
        var cluster = new BeatCluster(postgres, await postgres.CreateMigratedAsync(), redis, replicas, others: hasNeighbour ? 1 : 0);
        try
        {
            cluster.workers.Add(cluster.Start("worker"));
            cluster.StartBeats(0, replicas);

            // The first installation is at home in the database, and the schedules of the tests without a namespace are its own.
            await Eventually.TrueAsync(async () => await cluster.CountAsync("SELECT count(*) FROM taskrunner.namespaces WHERE is_home") == 1, TimeSpan.FromMinutes(3));
            if (hasNeighbour)
            {
                cluster.workers.Add(cluster.Start("worker", Neighbour));
            }

            cluster.StartBeats(replicas, cluster.beats.Length);
            await Eventually.TrueAsync(async () => await cluster.CountAsync("SELECT count(*) FROM taskrunner.beats") == cluster.beats.Length, TimeSpan.FromMinutes(3));
            return cluster;
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }
    }

    public Task<object?> ExecuteAsync(string sql) => postgres.ExecuteAsync(database.Database, sql);

    /// <summary>Asks for one value, which is not null.</summary>
    public Task<T> ScalarAsync<T>(string sql) => postgres.ScalarAsync<T>(database.Database, sql);

    public Task<long> CountAsync(string sql) => ScalarAsync<long>(sql);

    /// <summary>SIGKILL to one beat, at random; another process takes its place.</summary>
    public async Task KillOneAsync()
    {
        var victim = random.Next(beats.Length);
        await KillAsync(victim);
        StartBeat(victim);
    }

    /// <summary>Starts another beat in the place of one that was killed, and waits until it runs.</summary>
    public async Task StartAgainAsync(int victim)
    {
        var before = await CountAsync("SELECT count(*) FROM taskrunner.beats");
        StartBeat(victim);
        await Eventually.TrueAsync(async () => await CountAsync("SELECT count(*) FROM taskrunner.beats") > before, TimeSpan.FromMinutes(3));
    }

    /// <summary>SIGKILL to one beat.</summary>
    public async Task KillAsync(int victim)
    {
        await beats[victim]!.DisposeAsync();
        beats[victim] = null;
    }

    /// <summary>Cuts one connection to PostgreSQL, of whomever.</summary>
    public Task CutOneAsync() => ExecuteAsync(Cut);

    public async ValueTask DisposeAsync()
    {
        foreach (var process in beats.OfType<WorkerProcess>().Concat(workers))
        {
            await process.DisposeAsync();
        }

        await Redis.DisposeAsync();
        await postgres.DisposeAsync();
    }

    private void StartBeats(int first, int end)
    {
        for (var beat = first; beat < end; beat++)
        {
            StartBeat(beat);
        }
    }

    private void StartBeat(int beat) => beats[beat] = Start("beat", beat < home ? "default" : Neighbour);

    private WorkerProcess Start(string verb, string inNamespace = "default") => WorkerProcess.StartProgram(
        WorkerProcess.StockProgram,
        [verb, "--http-port", "0"],
        ("TASKRUNNER_BROKER_URL", Redis.Url),
        ("TASKRUNNER_DATABASE_URL", postgres.Url(database.Database)),
        ("TASKRUNNER_NAMESPACE", inNamespace),
        ("TASKRUNNER_CONCURRENCY", "16"));
}
