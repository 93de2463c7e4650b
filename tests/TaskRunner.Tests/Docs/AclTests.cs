using FluentAssertions;
using TaskRunner.Redis;
using TaskRunner.Tests.Redis;
using TaskRunner.Tests.Support;
using Xunit;

namespace TaskRunner.Tests.Docs;

/// <summary>The user of docs/operations.md: it is enough for the program, and for nothing else.</summary>
[Collection(PostgresFixture.Name)]
public sealed class AclTests(PostgresFixture postgres)
{
    private const string Foreign = "{tr:shopping}:queues";

    private static readonly string[] Setup = [.. CodeBlock.Read("operations.md", "## Redis", "redis").Split(' ', StringSplitOptions.TrimEntries).Select(word => word.Replace("PASSWORD", "s3cret", StringComparison.Ordinal))];

    [Theory]
    [InlineData(ServerKind.Redis)]
    [InlineData(ServerKind.Valkey)]
    public async Task Everything_works_for_the_documented_user(ServerKind kind)
    {
        await using var server = await StartAsync(kind);
        var database = await postgres.CreateMigratedAsync();
        var program = new StockProgram(
            [("TASKRUNNER_BROKER_URL", $"redis://shop:s3cret@127.0.0.1:{server.Port}"),
            ("TASKRUNNER_NAMESPACE", "shop"),
            ("TASKRUNNER_QUEUES", "default,backups"),
            ("TASKRUNNER_COUNT_QUEUES", "true"),
            ("TASKRUNNER_RETRY_BUDGET_PERCENT", "50"),
            .. ProgramVariables.Of(database)]);
        await using var worker = await program.StartAsync("worker");
        await using var beat = await program.StartAsync("beat");
        await worker.UntilReadyAsync();
        await beat.UntilReadyAsync();

        await ShouldEnqueueAsync(program);
        await ShouldKeepWhatDiesAsync(program);
        await ShouldControlAsync(program);
        await ShouldFlowAsync(program);
        await ShouldScheduleAsync(program);
        await ShouldAsync(0, program, "doctor");
        (await worker.GetAsync("/readyz")).Status.Should().Be(200);

        // What was refused: nothing that the program needs.
        await using var admin = Clients.For(server.Url);
        var refused = (await admin.ExecuteAsync(RedisCommand.Create("ACL", "LOG", 100), default)).Items.Select(entry => entry.Find("object").AsString());
        refused.Distinct().Should().BeSubsetOf(["config|get"]);
    }

    [Theory]
    [InlineData(ServerKind.Redis)]
    [InlineData(ServerKind.Valkey)]
    public async Task Documented_user_can_neither_remove_nor_see_what_is_not_its_own(ServerKind kind)
    {
        await using var server = await StartAsync(kind);
        await using var admin = Clients.For(server.Url);
        await admin.ExecuteAsync(RedisCommand.Create("SADD", Foreign, "x"), default);
        await admin.ExecuteAsync(RedisCommand.Create("SET", "other", "theirs"), default);
        string[] commands =
        [
            "FLUSHALL", "FLUSHDB", "SWAPDB 0 1", "KEYS *", "SCAN 0", "RANDOMKEY", "DBSIZE", "CONFIG SET maxmemory 1", "CONFIG GET *", "CONFIG REWRITE", "DEBUG SLEEP 0", "SHUTDOWN NOSAVE", "SAVE", "BGSAVE",
            "REPLICAOF NO ONE", "FAILOVER", "ACL LIST", "ACL SETUSER shop +@all", "MONITOR", "CLIENT LIST", "CLIENT KILL TYPE normal", "CLIENT PAUSE 1", "CLIENT TRACKING ON BCAST", "CLIENT NO-EVICT on",
            "SUBSCRIBE x", "PUBLISH x y", "PSUBSCRIBE *", "PUBSUB CHANNELS", "SCRIPT FLUSH", "SCRIPT KILL", "FUNCTION FLUSH", "FUNCTION LIST", "FUNCTION LOAD x", "MODULE LIST", "SELECT 1", "SLOWLOG GET", "LATENCY LATEST",
            "MIGRATE 127.0.0.1 1 other 0 1", "RESTORE {tr:shop}:x 0 y", "MOVE {tr:shop}:x 1", "COPY other {tr:shop}:x", "RENAME other {tr:shop}:x", "DUMP other", "OBJECT ENCODING other", "MEMORY USAGE other", "SORT {tr:shop}:x BY other GET other",
            "SORT_RO {tr:shop}:x", "GET other", "SET other mine", "DEL other", "UNLINK other", "EXISTS other", "TYPE other", "TTL other", "EXPIRE other 1", "APPEND other x", "LCS other other", "SMEMBERS {tr:shopping}:queues", "DEL {tr:shopping}:queues",
            "SINTERSTORE {tr:shop}:x {tr:shopping}:queues", "LMOVE other {tr:shop}:x LEFT LEFT", "MGET {tr:shop}:x other", "SMEMBERS {tr:sho}:queues", "GET tr:shop", "CLUSTER NODES", "COMMAND", "MULTI", "WAIT 0 1",
        ];

        foreach (var command in commands)
        {
            (await AskAsync(server, command.Split(' '))).Should().Contain("NOPERM", command);
        }

        foreach (var call in new[] { "'GET','other'", "'KEYS','*'", "'FLUSHALL'", "'SCAN','0'", "'RANDOMKEY'", "'SMEMBERS','{tr:shopping}:queues'", "'SELECT','1'", "'DBSIZE'" })
        {
            (await AskAsync(server, "EVAL", $"return redis.call({call})", "0")).Should().ContainAny("NOPERM", "ACL failure", "can't access", "can't run").And.NotContain("theirs", call);
        }

        (await admin.ExecuteAsync(RedisCommand.Create("GET", "other"), default)).AsString().Should().Be("theirs");
        (await admin.ExecuteAsync(RedisCommand.Create("SCARD", Foreign), default)).AsInteger().Should().Be(1);
        (await AskAsync(server, "SET", "{tr:shop}:mine", "1")).Should().Be("OK");
        (await AskAsync(server, "SET", "{tr:shop:default:0}:mine", "1")).Should().Be("OK");
    }

    private static async Task ShouldEnqueueAsync(StockProgram program)
    {
        await ShouldAsync(0, program, "enqueue", "debug.echo", "--wait");
        await ShouldAsync(
            0, program, "enqueue", "debug.echo", "--wait", "--unique", "u", "--concurrency-key", "c", "--concurrency-limit", "2", "--rate-key", "r", "--rate-limit", "100/s", "--expires", "10m", "--delay", "50ms", "--keep", "1m", "--priority", "9",
            "--queue", "backups", "--id", Guid.NewGuid().ToString());
        await ShouldAsync(0, program, "enqueue", "debug.echo", "--delay", "10m", "--unique", "held");
        await ShouldAsync(6, program, "enqueue", "debug.echo", "--unique", "held");
        await ShouldAsync(0, program, "enqueue", "debug.echo", "--delay", "10m", "--unique", "held", "--unique-conflict", "replace");
        await ShouldAsync(0, program, "enqueue", "debug.echo", "--count", "50", "--concurrency-key", "many", "--rate-key", "fast", "--rate-limit", "200/s", "--wait");
        await ShouldAsync(0, program, "unique", "list");
        await ShouldAsync(0, program, "unique", "release", "held");
        foreach (var list in new[] { "queues", "scheduled", "active", "reserved", "registered", "stats", "report", "ping" })
        {
            await ShouldAsync(0, program, "inspect", list);
        }
    }

    private static async Task ShouldKeepWhatDiesAsync(StockProgram program)
    {
        var id = (await program.RunAsync("enqueue", "debug.fail", "-a", """{"message":"x"}""")).Lines[0];
        await Eventually.TrueAsync(async () => (await program.RunAsync("dead", "show", id)).Code == 0);
        await ShouldAsync(0, program, "dead", "list");
        await ShouldAsync(0, program, "dead", "retry", id);
        await Eventually.TrueAsync(async () => (await program.RunAsync("dead", "show", id)).Code == 0);
        await ShouldAsync(0, program, "dead", "purge", "--all");
        await ShouldAsync(0, program, "enqueue", "http.request", "-a", """{"url":"http://127.0.0.1:1/"}""");
        await Eventually.TrueAsync(async () => (await program.RunAsync("inspect", "scheduled")).Output.Contains("http.request", StringComparison.Ordinal));
    }

    private static async Task ShouldControlAsync(StockProgram program)
    {
        await ShouldAsync(0, program, "queues", "pause", "backups");
        await ShouldAsync(0, program, "enqueue", "debug.echo", "--queue", "backups", "--count", "3");
        await ShouldAsync(0, program, "queues", "purge", "backups", "--yes");
        await ShouldAsync(0, program, "queues", "resume", "backups");
        await ShouldAsync(0, program, "control", "pool-resize", "3");
        await ShouldAsync(0, program, "control", "rate-limit", "default", "1000/s");
        await ShouldAsync(0, program, "control", "rate-limit", "default", "none");
        await ShouldAsync(0, program, "control", "add-consumer", "more");
        await ShouldAsync(0, program, "control", "cancel-consumer", "more");
        await ShouldAsync(0, program, "control", "queue-order", "strict");
        var id = (await program.RunAsync("enqueue", "debug.echo", "--delay", "10m")).Lines[0];
        await ShouldAsync(0, program, "control", "revoke", id);
    }

    private static async Task ShouldFlowAsync(StockProgram program)
    {
        var file = Path.GetTempFileName();
        await File.WriteAllTextAsync(file, """{"chain":[{"task":"debug.echo","arguments":1},{"group":[{"task":"debug.echo"},{"task":"debug.echo"}]},{"task":"debug.echo"}]}""");
        var started = await program.RunAsync("flow", "start", file, "-o", "json");
        File.Delete(file);

        started.Code.Should().Be(0, started.Error);
        await ShouldAsync(0, program, "result", started.Json.GetProperty("lastId").GetString()!, "--wait");
    }

    private static async Task ShouldScheduleAsync(StockProgram program)
    {
        await ShouldAsync(0, program, "schedule", "add", "often", "--task", "debug.echo", "--every", "1s");
        await Eventually.TrueAsync(async () => (await program.RunAsync("schedule", "show", "often")).Lines.Any(line => line.Contains(" sent ", StringComparison.Ordinal) || line.Contains(" ran ", StringComparison.Ordinal)));
        await ShouldAsync(0, program, "schedule", "run", "often");
    }

    private static async Task ShouldAsync(int code, StockProgram program, params string[] verb)
    {
        var outcome = await program.RunAsync(verb);
        outcome.Code.Should().Be(code, "{0}: {1}", string.Join(' ', verb), outcome.Error + outcome.Output);
    }

    // A connection for each: some commands would end or change it.
    private static async Task<string> AskAsync(RedisServer server, params string[] words)
    {
        await using var client = Clients.For($"redis://shop:s3cret@127.0.0.1:{server.Port}");
        try
        {
            return (await client.ExecuteAsync(RedisCommand.Create(words[0], [.. words[1..].Select(word => (RedisArgument)word)]), default)).AsString();
        }
        catch (RedisServerException e)
        {
            return $"{e.Code} {e.Message}";
        }
    }

    private static async Task<RedisServer> StartAsync(ServerKind kind)
    {
        var server = await RedisServer.StartAsync(new RedisServerOptions { Kind = kind, Configuration = ["enable-debug-command yes", "enable-module-command yes"] });
        await using var admin = Clients.For(server.Url);
        await admin.ExecuteAsync(RedisCommand.Create(Setup[0], [.. Setup[1..].Select(word => (RedisArgument)word)]), default);
        return server;
    }
}
