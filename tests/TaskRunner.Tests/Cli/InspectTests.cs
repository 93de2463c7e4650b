using System.Text.Json;
using FluentAssertions;
using TaskRunner.Tests.Support;
using Xunit;

namespace TaskRunner.Tests.Cli;

/// <summary>What inspect shows of workers and tasks, without a database: the broker's state is enough.</summary>
public sealed class InspectTests(RedisFixture redis) : IClassFixture<RedisFixture>
{
    private readonly StockProgram program = new([.. ProgramVariables.Of(redis), ("TASKRUNNER_QUEUES", "default,backups:3"), ("TASKRUNNER_LEASE_SECONDS", "3")]);

    [Fact]
    public async Task Scheduled_lists_delayed_tasks_the_earliest_first()
    {
        var late = (await program.RunAsync("enqueue", "debug.echo", "--delay", "2h", "--queue", "backups")).Lines.Single();
        var soon = (await program.RunAsync("enqueue", "debug.echo", "--delay", "1h", "--priority", "9")).Lines.Single();

        var all = await program.RunAsync("inspect", "scheduled", "-o", "json");
        var one = await program.RunAsync("inspect", "scheduled", "--queue", "backups", "-o", "json");

        var tasks = all.Json.GetProperty("tasks").EnumerateArray().ToList();
        tasks.Select(t => t.GetProperty("id").GetString()).Should().Equal(soon, late);
        tasks[0].GetProperty("priority").GetInt32().Should().Be(9);
        (tasks[1].GetProperty("dueAt").GetDateTimeOffset() - tasks[0].GetProperty("dueAt").GetDateTimeOffset()).Should().BeCloseTo(TimeSpan.FromHours(1), TimeSpan.FromMinutes(1));
        one.Json.GetProperty("tasks").EnumerateArray().Single().GetProperty("id").GetString().Should().Be(late);
    }

    [Fact]
    public async Task Limit_out_of_range_is_a_mistake()
    {
        var outcome = await program.RunAsync("inspect", "scheduled", "--limit", "0");

        outcome.Code.Should().Be(2);
        outcome.Error.Should().Contain("--limit is '0': it must be a whole number from 1 to 10000.");
    }

    [Fact]
    public async Task Registered_lists_the_task_types_of_each_worker()
    {
        await using var worker = await program.StartAsync("worker");
        await worker.UntilReadyAsync();

        var outcome = await program.RunAsync("inspect", "registered", "-o", "json");

        outcome.Json.GetProperty("workers").EnumerateArray().Single().GetProperty("tasks").EnumerateArray().Select(t => t.GetString())
            .Should().Contain(["debug.echo", "http.request", "taskrunner.check"]).And.BeInAscendingOrder(StringComparer.Ordinal);
    }

    [Fact]
    public async Task Stats_show_what_a_worker_did_and_uses()
    {
        await using var worker = await program.StartAsync("worker", "--concurrency", "7");
        await program.SucceedAsync("enqueue", "debug.echo", "--count", "5");
        await program.SucceedAsync("enqueue", "no.such.task", "--force");

        var report = await Eventually.ReturnsAsync(() => StatsAsync(), s => s is { ValueKind: JsonValueKind.Object } && s.GetProperty("report").ValueKind == JsonValueKind.Object && s.GetProperty("report").GetProperty("succeeded").GetInt64() == 5);

        report.GetProperty("report").GetProperty("residentBytes").GetInt64().Should().BeGreaterThan(10 << 20);
        report.GetProperty("report").GetProperty("cpuSeconds").GetDouble().Should().BePositive();
        report.GetProperty("worker").GetProperty("concurrency").GetInt32().Should().Be(7);
        report.GetProperty("worker").GetProperty("weights").GetProperty("backups").GetInt32().Should().Be(3);
        (await program.RunAsync("inspect", "stats")).Lines[1].Should().Contain("/7").And.EndWith("default,backups:3");
    }

    [Fact]
    public async Task Running_task_is_active_and_not_reserved()
    {
        await using var worker = await program.StartAsync("worker", "--drain-seconds", "0");
        var id = (await program.RunAsync("enqueue", "debug.sleep", "-a", """{"seconds":60}""")).Lines.Single();

        await Eventually.ReturnsAsync(() => program.RunAsync("inspect", "active"), o => o.Output.Contains(id, StringComparison.Ordinal));
        var reserved = await program.RunAsync("inspect", "reserved", "-o", "json");

        reserved.Code.Should().Be(0);
        reserved.Json.GetProperty("tasks").GetArrayLength().Should().Be(0);
    }

    [Fact]
    public async Task Report_holds_what_a_report_of_a_problem_needs()
    {
        await using var worker = await program.StartAsync("worker");
        await worker.UntilReadyAsync();

        var report = (await program.RunAsync("inspect", "report", "-o", "json")).Json;
        var people = await program.RunAsync("inspect", "report");

        report.GetProperty("brokerServer").GetString().Should().StartWith("redis 7");
        report.GetProperty("runtime").GetString().Should().Contain(".NET 10");
        report.GetProperty("workers").GetProperty("workers").GetArrayLength().Should().Be(1);
        report.GetProperty("queues").GetProperty("queues").GetArrayLength().Should().Be(2);
        people.Output.Should().Contain("broker").And.Contain("WORKER").And.Contain("QUEUE");
    }

    [Fact]
    public async Task Nothing_is_left_in_the_broker_of_a_worker_that_ended()
    {
        var worker = await program.StartAsync("worker");
        await worker.UntilReadyAsync();
        await program.SucceedAsync("control", "pool-resize", "3");
        await Eventually.ReturnsAsync(() => StatsAsync(), s => s is { ValueKind: JsonValueKind.Object } && s.GetProperty("report").ValueKind == JsonValueKind.Object);

        await worker.DisposeAsync();

        (await program.RunAsync("inspect", "stats", "-o", "json")).Json.GetProperty("workers").GetArrayLength().Should().Be(0);
        (await KeysAsync()).Should().OnlyContain(key => key.EndsWith(":queues", StringComparison.Ordinal) || key.EndsWith(":w", StringComparison.Ordinal));
    }

    private async Task<JsonElement> StatsAsync() =>
        (await program.RunAsync("inspect", "stats", "-o", "json")).Json.GetProperty("workers").EnumerateArray().FirstOrDefault();

    private async Task<string[]> KeysAsync()
    {
        await using var harness = await BrokerHarness.OpenAsync(redis.Url);
        return [.. (await harness.Client.ExecuteAsync(TaskRunner.Redis.RedisCommand.Create("KEYS", $"{{tr:{program.Variable("TASKRUNNER_NAMESPACE")}*"), default)).Items.Select(i => i.AsString())];
    }
}
