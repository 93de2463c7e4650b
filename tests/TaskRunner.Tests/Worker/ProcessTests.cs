using System.Text.Json;
using FluentAssertions;
using TaskRunner.Tests.Support;
using Xunit;

namespace TaskRunner.Tests.Worker;

/// <summary>Real processes that are killed, frozen and terminated.</summary>
public sealed class ProcessTests(RedisFixture redis, PostgresFixture postgres) : IClassFixture<RedisFixture>, IClassFixture<PostgresFixture>, IAsyncLifetime
{
    private static readonly TimeSpan Long = TimeSpan.FromSeconds(60);

    private (string, string)[] environment = [];
    private StockProgram program = new();

    public async Task InitializeAsync()
    {
        environment = [.. ProgramVariables.Of(redis, await postgres.CreateMigratedAsync()), ("TASKRUNNER_LEASE_SECONDS", "3")];
        program = new StockProgram(environment);
    }

    public Task DisposeAsync() => Task.CompletedTask;

    [Fact]
    public async Task Tasks_of_a_killed_worker_run_on_another_one_and_no_attempt_is_used()
    {
        await using var victim = WorkerProcess.Start("worker", environment);
        var ids = (await program.RunAsync("enqueue", "debug.sleep", "-a", """{"seconds":8}""", "--count", "4")).Lines;
        await UntilActiveAsync(4);
        await victim.KillAsync();

        await using var other = WorkerProcess.Start("worker", environment);

        foreach (var id in ids)
        {
            var result = await FinishedAsync(id);
            result.GetProperty("state").GetString().Should().Be("succeeded");
            result.GetProperty("attempts").GetInt32().Should().Be(1);
            result.GetProperty("redeliveries").GetInt32().Should().Be(1);
        }
    }

    [Fact]
    public async Task Frozen_worker_loses_its_tasks_and_its_late_result_is_refused()
    {
        await using var frozen = WorkerProcess.Start("worker", environment);
        var id = (await program.RunAsync("enqueue", "debug.sleep", "-a", """{"seconds":5}""")).Lines.Single();
        await UntilActiveAsync(1);
        await frozen.FreezeAsync();
        await using var other = WorkerProcess.Start("worker", environment);
        var result = await FinishedAsync(id);

        await frozen.ThawAsync();

        result.GetProperty("redeliveries").GetInt32().Should().Be(1);
        await Eventually.TrueAsync(() => frozen.Output.Any(l => l.Contains("goes on as", StringComparison.Ordinal)), Long);
        (await FinishedAsync(id)).GetProperty("worker").GetString().Should().Be(result.GetProperty("worker").GetString());
        frozen.HasExited.Should().BeFalse();
    }

    [Fact]
    public async Task Task_that_takes_its_worker_down_again_and_again_ends_in_the_dead_set()
    {
        var id = (await program.RunAsync("enqueue", "debug.crash")).Lines.Single();
        var harmless = (await program.RunAsync("enqueue", "debug.echo", "--priority", "0")).Lines.Single();
        for (var deaths = 0; deaths < 4; deaths++)
        {
            await using var worker = WorkerProcess.Start("worker", environment);
            await worker.ExitAsync().WaitAsync(Long, TimeProvider.System);
        }

        await using var survivor = WorkerProcess.Start("worker", environment);

        var result = await FinishedAsync(id);
        result.GetProperty("state").GetString().Should().Be("dead");
        result.GetProperty("error").GetString().Should().Contain("crash-loop");
        result.GetProperty("attempts").GetInt32().Should().Be(1);
        (await FinishedAsync(harmless)).GetProperty("state").GetString().Should().Be("succeeded");
    }

    [Fact]
    public async Task Terminated_worker_finishes_its_tasks_and_exits_with_zero()
    {
        await using var worker = WorkerProcess.Start("worker", environment);
        var id = (await program.RunAsync("enqueue", "debug.sleep", "-a", """{"seconds":5}""")).Lines.Single();
        await UntilActiveAsync(1);

        var code = await worker.TerminateAsync();

        code.Should().Be(0);
        var result = await FinishedAsync(id);
        result.GetProperty("state").GetString().Should().Be("succeeded");
        result.GetProperty("redeliveries").GetInt32().Should().Be(0);
    }

    [Fact]
    public async Task Results_of_a_worker_that_was_killed_while_the_database_was_away_are_written_by_another_one()
    {
        await using var victim = WorkerProcess.Start("worker", [.. environment.Where(v => v.Item1 != "TASKRUNNER_DATABASE_URL"), ("TASKRUNNER_DATABASE_URL", $"postgresql://postgres@127.0.0.1:{FreePort.Next()}/postgres")]);
        var ids = (await program.RunAsync("enqueue", "debug.echo", "--count", "20")).Lines;
        await Eventually.TrueAsync(async () => (await program.RunAsync("inspect", "stats", "-o", "json")).Json.GetProperty("workers").EnumerateArray().Any(w => w.GetProperty("report") is { ValueKind: JsonValueKind.Object } report && report.GetProperty("succeeded").GetInt64() == 20), Long);
        await victim.KillAsync();

        await using var other = WorkerProcess.Start("worker", environment);

        foreach (var id in ids)
        {
            (await FinishedAsync(id)).GetProperty("redeliveries").GetInt32().Should().Be(0, "it ran, and its result waited");
        }
    }

    [Theory]
    [InlineData("20", 100)]
    [InlineData("1", 0)]
    public async Task Terminated_worker_with_a_hundred_tasks_exits_with_zero_and_each_was_done_once_or_is_back_at_the_head(string drainSeconds, int done)
    {
        await using var worker = WorkerProcess.Start("worker", [.. environment, ("TASKRUNNER_CONCURRENCY", "100"), ("TASKRUNNER_DRAIN_SECONDS", drainSeconds)]);
        var ids = (await program.RunAsync("enqueue", "debug.sleep", "-a", $$"""{"seconds":{{(done > 0 ? 2 : 30)}}}""", "--count", "100")).Lines;
        await UntilActiveAsync(100);
        var waiting = (await program.RunAsync("enqueue", "debug.echo")).Lines.Single();

        var code = await worker.TerminateAsync();

        code.Should().Be(0);
        var after = new List<JsonElement>();
        foreach (var id in ids)
        {
            after.Add((await program.RunAsync("result", id, "-o", "json")).Json);
        }

        after.Count(r => r.GetProperty("state").GetString() == "succeeded").Should().Be(done);
        after.Count(r => r.GetProperty("state").GetString() == "waiting").Should().Be(100 - done);
        after.Should().OnlyContain(r => r.GetProperty("redeliveries").GetInt32() == 0, "handing over is no death");
        (await program.RunAsync("result", waiting, "-o", "json")).Json.GetProperty("state").GetString().Should().Be("waiting", "a worker that drains takes nothing new");
    }

    [Fact]
    public async Task Logs_are_one_json_object_a_line_and_carry_no_secret()
    {
        await using var server = await RedisServer.StartAsync(new RedisServerOptions { Password = "hunter2" });
        await using var worker = WorkerProcess.Start(
            "worker", ("TASKRUNNER_BROKER_URL", $"redis://127.0.0.1:{server.Port}"), ("TASKRUNNER_BROKER_PASSWORD", "hunter2"), ("TASKRUNNER_LOG_LEVEL", "trace"));
        await Eventually.TrueAsync(() => worker.Output.Any(l => l.Contains("TaskRunner.Worker", StringComparison.Ordinal)), Long);

        (await worker.TerminateAsync()).Should().Be(0);

        worker.Output.Should().NotBeEmpty().And.OnlyContain(line => JsonElement.Parse(line).GetProperty("timestamp").GetString()!.EndsWith('Z'));
        worker.Output.Should().NotContain(line => line.Contains("hunter2", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Worker_without_tls_and_without_a_database_never_loads_openssl()
    {
        var stores = ProgramVariables.Of(redis);
        await using var worker = WorkerProcess.Start("worker", stores);
        var id = (await new StockProgram(stores).RunAsync("enqueue", "debug.echo", "--keep", "1m")).Lines.Single();
        (await new StockProgram(stores).RunAsync("result", id, "--wait", "--timeout", "60s")).Code.Should().Be(0);

        worker.Mappings.Should().Contain(WorkerProcess.IsManaged ? "libcoreclr" : Path.GetFileName(WorkerProcess.StockProgram))
            .And.NotContain("libcrypto").And.NotContain("libssl");
    }

    private Task UntilActiveAsync(int count) => Eventually.TrueAsync(
        async () => (await program.RunAsync("inspect", "active", "-o", "json")).Json.GetProperty("tasks").GetArrayLength() == count, Long);

    private async Task<JsonElement> FinishedAsync(string id)
    {
        var outcome = await program.RunAsync("result", id, "--wait", "--timeout", "60s", "-o", "json");
        outcome.Output.Should().NotBeEmpty(outcome.Error);
        return outcome.Json;
    }
}
