using FluentAssertions;
using TaskRunner.App;
using TaskRunner.Tests.Support;
using Xunit;

namespace TaskRunner.Tests.Cli;

/// <summary><c>worker</c> and <c>beat</c> from their start to their end.</summary>
[Collection(PostgresFixture.Name)]
public sealed class LongRunningVerbTests(RedisFixture redis, PostgresFixture postgres) : InstalledProgramTests(redis, postgres), IClassFixture<RedisFixture>
{
    [Fact]
    public async Task Worker_answers_probes_and_shows_metrics()
    {
        await using var worker = await Program.StartAsync("worker");
        await worker.UntilReadyAsync();
        await Program.SucceedAsync("enqueue", "debug.echo", "--wait");

        (await worker.GetAsync("/livez")).Should().Be((200, "ok\n"));
        (await worker.GetAsync("/startupz")).Should().Be((200, "ok\n"));
        var metrics = (await worker.GetAsync("/metrics")).Body;
        metrics.Should().Contain("taskrunner_tasks_finished_total{queue=\"default\",task=\"debug.echo\",outcome=\"succeeded\"} 1")
            .And.Contain("taskrunner_queue_tasks{queue=\"backups\",state=\"waiting\"} 0")
            .And.Contain("taskrunner_worker_concurrency 4")
            .And.Contain("taskrunner_broker_connected 1");
    }

    [Fact]
    public async Task Worker_without_a_schema_is_not_ready_and_says_what_to_run()
    {
        var empty = await Postgres.CreateEmptyAsync();
        await using var worker = await Program.StartAsync("worker", "--database-url", empty.ToString());

        var ready = await Eventually.ReturnsAsync(() => worker.GetAsync("/readyz"), r => r.Body.Contains("migrate", StringComparison.Ordinal));

        ready.Status.Should().Be(503);
        ready.Body.Should().Contain("run 'taskrunner migrate'");
        (await worker.GetAsync("/livez")).Status.Should().Be(200);
    }

    [Fact]
    public async Task Worker_whose_broker_is_away_lives_and_is_neither_started_nor_ready()
    {
        await using var worker = await Program.StartAsync("worker", "--broker-url", "redis://127.0.0.1:1");

        (await worker.GetAsync("/livez")).Status.Should().Be(200);
        (await worker.GetAsync("/startupz")).Status.Should().Be(503);
        (await worker.GetAsync("/readyz")).Body.Should().Contain("not connected");
    }

    [Fact]
    public async Task Declared_schedule_ticks_and_its_task_has_a_result()
    {
        var file = Path.GetTempFileName();
        await File.WriteAllTextAsync(file, """{"schedules":{"often":{"every":"200ms","task":"debug.echo","arguments":{"from":"schedule"}}}}""");
        await using var worker = await Program.StartAsync("worker");
        await using (await Program.StartAsync("beat", "--schedules-file", file))
        {
            await Eventually.TrueAsync(async () =>
                (await worker.GetAsync("/metrics")).Body.Split('\n').Any(l => l.StartsWith("taskrunner_tasks_finished_total{queue=\"default\",task=\"debug.echo\",outcome=\"succeeded\"}", StringComparison.Ordinal) && !l.EndsWith(" 0", StringComparison.Ordinal)));
        }

        File.Delete(file);
    }

    [Fact]
    public async Task Stopped_programs_end_with_zero()
    {
        var worker = await Program.StartAsync("worker");
        var beat = await Program.StartAsync("beat");
        await worker.UntilReadyAsync();

        (await worker.StopAsync()).Should().Be(0);
        (await beat.StopAsync()).Should().Be(0);
        await worker.DisposeAsync();
        await beat.DisposeAsync();
    }

    [Theory]
    [InlineData("worker")]
    [InlineData("beat")]
    public async Task Port_that_is_taken_ends_with_one_sentence_that_names_the_setting(string verb)
    {
        using var taken = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Any, 0);
        taken.Start();
        var port = ((System.Net.IPEndPoint)taken.LocalEndpoint).Port;

        var outcome = await Program.RunAsync(verb, "--http-port", port.ToString(System.Globalization.CultureInfo.InvariantCulture));

        outcome.Code.Should().Be(2);
        outcome.Error.Trim().Should().Contain("TASKRUNNER_HTTP_PORT (--http-port)").And.Contain($"{port} is in use").And.NotContain("\n");
    }

    [Fact]
    public async Task Task_that_is_mapped_twice_is_one_sentence_and_not_an_exception()
    {
        var program = new StockProgram { Map = DebugTasks.Map };

        var outcome = await program.RunAsync("version");

        outcome.Code.Should().Be(2);
        outcome.Error.Should().Contain("The task 'debug.echo' is mapped twice").And.Contain("The task 'debug.crash' is mapped twice").And.NotContain("   at ");
    }

    [Theory]
    [InlineData("")]
    [InlineData("a\nb")]
    public async Task Task_name_that_is_not_allowed_is_one_sentence_and_not_an_exception(string name)
    {
        var program = new StockProgram { Map = app => app.MapTask(name, (System.Text.Json.JsonElement _, TaskContext _, CancellationToken _) => Task.CompletedTask) };

        var outcome = await program.RunAsync("version");

        outcome.Code.Should().Be(2);
        outcome.Error.Trim().Should().Contain("task name").And.NotContain("\n");
    }
}
