using FluentAssertions;
using TaskRunner.Redis;
using TaskRunner.Tests.Support;
using Xunit;

namespace TaskRunner.Tests.Cli;

/// <summary>Lists of tasks that wait, and why they do.</summary>
[Collection(PostgresFixture.Name)]
public sealed class ListingTests(RedisFixture redis, PostgresFixture postgres) : InstalledProgramTests(redis, postgres), IClassFixture<RedisFixture>
{
    [Fact]
    public async Task Waiting_tasks_are_listed_in_the_order_in_which_they_are_fetched()
    {
        await Program.SucceedAsync("enqueue", "debug.echo", "--count", "1200");
        var urgent = (await Program.RunAsync("enqueue", "debug.fail", "--priority", "9")).Lines.Single();
        await Program.SucceedAsync("enqueue", "debug.echo", "--queue", "backups");

        var all = (await Program.RunAsync("inspect", "waiting", "--limit", "1100", "-o", "json")).Json.GetProperty("tasks");
        var one = await Program.RunAsync("inspect", "waiting", "--queue", "backups");

        all.GetArrayLength().Should().Be(1100);
        all[0].GetProperty("queue").GetString().Should().Be("backups");
        all[1].GetProperty("id").GetString().Should().Be(urgent);
        one.Lines.Should().HaveCount(2);
        one.Lines[1].Should().MatchRegex("^[0-9a-f-]{36} +debug.echo +backups +5 +0 +20..-..-.. ..:..:..Z$");
    }

    [Fact]
    public async Task Parked_tasks_are_listed_with_what_they_wait_for()
    {
        await using var worker = await Program.StartAsync("worker", "--drain-seconds", "0", "--name", "w");
        await Program.SucceedAsync("enqueue", "debug.sleep", "-a", """{"seconds":60}""", "--concurrency-key", "acme");
        var slot = await ParkedAsync("enqueue", "debug.echo", "--concurrency-key", "acme");
        var unknown = await ParkedAsync("enqueue", "orders.confirm", "--force");
        await Program.SucceedAsync("enqueue", "debug.echo", "--rate-key", "mail", "--rate-limit", "1/h");
        var rate = await ParkedAsync("enqueue", "debug.echo", "--rate-key", "mail", "--rate-limit", "1/h");

        var listed = await Program.RunAsync("inspect", "parked", "-o", "json");

        listed.Json.GetProperty("tasks").EnumerateArray().ToDictionary(t => t.GetProperty("id").GetString()!, t => t.GetProperty("waitsFor").GetString()).Should().BeEquivalentTo(
            new Dictionary<string, string> { [slot] = "a slot of the concurrency key 'acme'", [unknown] = "a worker that maps the task 'orders.confirm'", [rate] = "the rate limit of the rate key 'mail'" });
        (await Program.RunAsync("result", unknown)).Output.Should().MatchRegex(@"why +it waits for a worker that maps the task 'orders\.confirm'; those that serve queue 'default' do not: w:");
        (await Program.RunAsync("result", slot)).Output.Should().Contain("it waits for a slot of the concurrency key 'acme'");
        (await Program.RunAsync("inspect", "parked", "--queue", "backups")).Lines.Should().ContainSingle();
        (await Program.RunAsync("inspect", "parked", "--limit", "1")).Lines.Should().HaveCount(2);
    }

    [Fact]
    public async Task Result_says_why_a_task_does_not_run()
    {
        var first = (await Program.RunAsync("enqueue", "debug.echo")).Lines.Single();
        var second = (await Program.RunAsync("enqueue", "debug.echo")).Lines.Single();
        var delayed = (await Program.RunAsync("enqueue", "debug.echo", "--delay", "1h")).Lines.Single();

        (await WhyAsync(first)).Should().Be("no worker serves queue 'default'; 0 task(s) of queue 'default' are before it");
        (await WhyAsync(second)).Should().EndWith("1 task(s) of queue 'default' are before it");
        (await WhyAsync(delayed)).Should().StartWith("due at 20");
        await Program.SucceedAsync("queues", "pause", "default", "--reason", "stocktaking", "--by", "mona");
        (await WhyAsync(first)).Should().StartWith("queue 'default' is paused by mona since 20").And.EndWith(": stocktaking");
        (await Program.RunAsync("inspect", "queues")).Output.Should().Contain("yes by mona since 20").And.Contain(": stocktaking");
        (await Program.RunAsync("inspect", "queues", "-o", "json")).Json.GetProperty("queues")[0].GetProperty("pause").GetProperty("by").GetString().Should().Be("mona");
    }

    [Fact]
    public async Task Queue_is_forgotten_when_it_is_empty_and_not_before()
    {
        await Program.SucceedAsync("enqueue", "debug.echo", "--queue", "old");
        await Program.SucceedAsync("control", "rate-limit", "old", "1/s");

        var full = await Program.RunAsync("queues", "forget", "old");
        await Program.SucceedAsync("queues", "purge", "old", "--yes");
        await Program.SucceedAsync("queues", "pause", "old");
        var paused = await Program.RunAsync("queues", "forget", "old");
        await Program.SucceedAsync("queues", "resume", "old");
        var done = await Program.RunAsync("queues", "forget", "old", "-o", "json");
        var again = await Program.RunAsync("queues", "forget", "old");

        full.Should().BeEquivalentTo(new { Code = 6, Output = "", Error = "Queue 'old' was not forgotten: 1 ready.\n" });
        paused.Code.Should().Be(6);
        done.Code.Should().Be(paused.Error.Contains("results") ? 6 : 0, "results of purged tasks wait for a worker that writes them");
        again.Code.Should().BeOneOf(4, 6);
    }

    [Fact]
    public async Task Queue_that_a_worker_serves_is_not_forgotten_and_one_that_was_forgotten_comes_back_with_its_next_use()
    {
        var program = new StockProgram(ProgramVariables.Of(Redis));
        await using (var worker = await program.StartAsync("worker", "--queues", "old"))
        {
            await worker.UntilReadyAsync();
            (await program.RunAsync("queues", "forget", "old")).Error.Should().Be("Queue 'old' was not forgotten: 1 workers.\n");
        }

        (await program.RunAsync("queues", "forget", "old")).Should().BeEquivalentTo(new { Code = 0, Error = "", Output = "Queue old was forgotten.\n" });
        (await program.RunAsync("inspect", "queues")).Output.Should().NotContain("old");
        (await program.RunAsync("queues", "forget", "old")).Code.Should().Be(4);
        await program.SucceedAsync("enqueue", "debug.echo", "--queue", "old");
        (await program.RunAsync("inspect", "queues")).Output.Should().Contain("old");
    }

    [Theory]
    [InlineData("1e18", "9999")]
    [InlineData("inf", "9999")]
    [InlineData("-1e18", "0001")]
    [InlineData("-inf", "0001")]
    public async Task Date_that_cannot_be_told_does_not_take_the_lists_down(string score, string year)
    {
        var id = (await Program.RunAsync("enqueue", "debug.echo", "--delay", "1h")).Lines.Single();
        await using var harness = await BrokerHarness.OpenAsync(Redis.Url, o => o with { Namespace = Program.Variable("TASKRUNNER_NAMESPACE") });
        await harness.Client.ExecuteAsync(RedisCommand.Create("ZADD", harness.Queue.Delayed, score, Guid.Parse(id).ToString("N")), default);

        var listed = await Program.RunAsync("inspect", "scheduled");

        listed.Code.Should().Be(0);
        listed.Lines[1].Should().StartWith(id).And.Contain($"{year}-");
        (await Program.RunAsync("inspect", "scheduled", "-o", "json")).Code.Should().Be(0);
        (await Program.RunAsync("result", id)).Code.Should().Be(0);
    }

    [Theory]
    [InlineData("inspect", "queues")]
    [InlineData("inspect", "ping")]
    [InlineData("inspect", "active")]
    [InlineData("inspect", "waiting")]
    [InlineData("inspect", "parked")]
    [InlineData("inspect", "scheduled")]
    [InlineData("dead", "list")]
    [InlineData("unique", "list")]
    [InlineData("result", "01a22778-80df-7000-b7ab-93978a9e1ba0")]
    [InlineData("control", "revoke", "01a22778-80df-7000-b7ab-93978a9e1ba0")]
    public async Task Queues_that_hold_nothing_cost_one_command_each(params string[] call)
    {
        const int queues = 2000;
        await using var server = await RedisServer.StartAsync();
        var program = new StockProgram(("TASKRUNNER_BROKER_URL", server.Url), ("TASKRUNNER_NAMESPACE", "many"));
        await using var harness = await BrokerHarness.OpenAsync(server.Url, o => o with { Namespace = "many" });
        await harness.Client.ExecuteAsync(RedisCommand.Create("SADD", [harness.Keys.Queues, .. Enumerable.Range(0, queues).Select(i => (RedisArgument)$"q{i}")]), default);
        var before = await CommandsAsync(harness);

        await program.RunAsync(call);

        (await CommandsAsync(harness) - before).Should().BeLessThan((queues * 2) + 200, "at most two looks at each");
    }

    private static async Task<long> CommandsAsync(BrokerHarness harness) =>
        (await harness.Client.ExecuteAsync(RedisCommand.Create("INFO", "stats"), default)).AsString().Split("\r\n")
            .Where(l => l.StartsWith("total_commands_processed:", StringComparison.Ordinal)).Select(l => long.Parse(l.Split(':')[1])).Single();

    private async Task<string?> WhyAsync(string id) => (await Program.RunAsync("result", id, "-o", "json")).Json.GetProperty("why").GetString();

    private async Task<string> ParkedAsync(params string[] call)
    {
        var id = (await Program.RunAsync(call)).Lines.Single();
        await Eventually.TrueAsync(async () => (await Program.RunAsync("result", id, "-o", "json")).Json.GetProperty("state").GetString() == "parked");
        return id;
    }
}
