using FluentAssertions;
using TaskRunner.Tests.Support;
using Xunit;

namespace TaskRunner.Tests.Cli;

/// <summary>The verbs as people use them, with a worker and a beat of the stock program.</summary>
[Collection(PostgresFixture.Name)]
public sealed class VerbTests(RedisFixture redis, PostgresFixture postgres) : IClassFixture<RedisFixture>, IAsyncLifetime
{
    private StockProgram program = new();

    public async Task InitializeAsync()
    {
        var database = await postgres.CreateMigratedAsync();
        program = new StockProgram(
            ("TASKRUNNER_BROKER_URL", redis.Url),
            ("TASKRUNNER_DATABASE_URL", database.ToString()),
            ("TASKRUNNER_DATABASE_PASSWORD", database.Password?.Invoke() ?? ""),
            ("TASKRUNNER_NAMESPACE", "t" + Guid.NewGuid().ToString("N")[..12]),
            ("TASKRUNNER_QUEUES", "default,backups"));
    }

    public Task DisposeAsync() => Task.CompletedTask;

    [Fact]
    public async Task Enqueue_prints_the_id_by_which_result_finds_the_task()
    {
        await using var worker = await program.StartAsync("worker");

        var id = (await program.RunAsync("enqueue", "debug.echo", "--arguments", """{"a":[1,2]}""")).Lines.Single();
        var result = await program.RunAsync("result", id, "--wait", "-o", "json");

        result.Code.Should().Be(0);
        result.Json.GetProperty("state").GetString().Should().Be("succeeded");
        result.Json.GetProperty("output").GetProperty("a").GetArrayLength().Should().Be(2);
        result.Json.GetProperty("attempts").GetInt32().Should().Be(1);
        result.Json.GetProperty("finishedAt").GetDateTimeOffset().Should().BeOnOrAfter(result.Json.GetProperty("startedAt").GetDateTimeOffset());
    }

    [Fact]
    public async Task Enqueue_of_many_waits_for_all()
    {
        await using var worker = await program.StartAsync("worker");

        var outcome = await program.RunAsync("enqueue", "debug.echo", "--count", "50", "--wait", "-o", "json");

        outcome.Code.Should().Be(0);
        outcome.Json.EnumerateArray().Should().HaveCount(50).And.OnlyContain(r => r.GetProperty("state").GetString() == "succeeded");
    }

    [Fact]
    public async Task Waiting_for_a_task_that_dies_ends_with_five_and_its_error()
    {
        await using var worker = await program.StartAsync("worker");

        var outcome = await program.RunAsync("enqueue", "debug.fail", "-a", """{"message":"boom"}""", "--wait");

        outcome.Code.Should().Be(5);
        outcome.Output.Should().Contain("dead").And.Contain("InvalidOperationException: boom");
    }

    [Fact]
    public async Task Unknown_task_is_parked_and_says_so()
    {
        await using var worker = await program.StartAsync("worker");

        var id = (await program.RunAsync("enqueue", "no.such.task")).Lines.Single();

        await Eventually.TrueAsync(async () => (await program.RunAsync("result", id, "-o", "json")).Json.GetProperty("state").GetString() == "parked");
    }

    [Fact]
    public async Task Waiting_too_long_ends_with_seven()
    {
        var outcome = await program.RunAsync("enqueue", "debug.echo", "--wait", "--timeout", "100ms");

        outcome.Code.Should().Be(7);
        outcome.Error.Should().Contain("did not finish within 0.1 s");
    }

    [Fact]
    public async Task Second_task_with_the_same_id_is_refused_with_six()
    {
        var id = Guid.NewGuid().ToString();
        (await program.RunAsync("enqueue", "debug.echo", "--id", id)).Code.Should().Be(0);

        var outcome = await program.RunAsync("enqueue", "debug.echo", "--id", id);

        outcome.Code.Should().Be(6);
        outcome.Error.Should().Contain(id).And.Contain("nothing was added");
    }

    [Fact]
    public async Task Payload_over_the_limit_is_refused_with_six()
    {
        var outcome = await program.RunAsync("enqueue", "debug.echo", "--max-payload-bytes", "1024", "-a", $"\"{new string('x', 2000)}\"");

        outcome.Code.Should().Be(6);
        outcome.Error.Should().Contain("the limit is 1,024 (TASKRUNNER_MAX_PAYLOAD_BYTES)");
    }

    [Fact]
    public async Task Result_of_a_task_that_nobody_knows_ends_with_four()
    {
        var outcome = await program.RunAsync("result", Guid.NewGuid().ToString());

        outcome.Code.Should().Be(4);
        outcome.Error.Should().StartWith("No task ");
    }

    [Theory]
    [InlineData("0s", "waiting")]
    [InlineData("1h", "delayed")]
    public async Task Result_tells_the_state_of_a_task_that_has_not_run(string delay, string state)
    {
        var id = (await program.RunAsync("enqueue", "debug.echo", "--delay", delay)).Lines.Single();

        var outcome = await program.RunAsync("result", id, "-o", "json");

        outcome.Code.Should().Be(0);
        outcome.Json.GetProperty("state").GetString().Should().Be(state);
    }

    [Fact]
    public async Task Running_task_is_shown_by_result_and_inspect_active()
    {
        await using var worker = await program.StartAsync("worker", "--drain-seconds", "0");
        var id = (await program.RunAsync("enqueue", "debug.sleep", "-a", """{"seconds":60}""")).Lines.Single();

        var result = await Eventually.ReturnsAsync(() => program.RunAsync("result", id, "-o", "json"), r => r.Json.GetProperty("state").GetString() == "running");
        var active = await program.RunAsync("inspect", "active", "-o", "json");

        result.Json.GetProperty("worker").GetString().Should().Contain(":");
        var task = active.Json.GetProperty("tasks").EnumerateArray().Single();
        task.GetProperty("id").GetGuid().Should().Be(Guid.Parse(id));
        task.GetProperty("task").GetString().Should().Be("debug.sleep");
    }

    [Fact]
    public async Task Ping_lists_workers_and_beats_and_fails_without_a_worker()
    {
        (await program.RunAsync("inspect", "ping")).Code.Should().Be(5);
        await using var worker = await program.StartAsync("worker");
        await using var beat = await program.StartAsync("beat");
        await worker.UntilReadyAsync();
        await beat.UntilReadyAsync();

        var ping = await Eventually.ReturnsAsync(() => program.RunAsync("inspect", "ping", "-o", "json"), p => p.Json.GetProperty("beats").GetArrayLength() == 1);

        ping.Code.Should().Be(0);
        var seen = ping.Json.GetProperty("workers").EnumerateArray().Single();
        seen.GetProperty("queues").EnumerateArray().Select(q => q.GetString()).Should().Equal("default", "backups");
        seen.GetProperty("concurrency").GetInt32().Should().Be(4);
        seen.GetProperty("heartbeatAgeMs").GetInt64().Should().BeInRange(0, 10_000);
    }

    [Fact]
    public async Task Queues_are_listed_with_what_they_hold()
    {
        await program.RunAsync("enqueue", "debug.echo", "--count", "3", "--queue", "backups");
        await program.RunAsync("enqueue", "debug.echo", "--delay", "1h");

        var outcome = await program.RunAsync("inspect", "queues", "-o", "json");

        var queues = outcome.Json.GetProperty("queues").EnumerateArray().ToDictionary(q => q.GetProperty("name").GetString()!);
        queues["backups"].GetProperty("waiting").GetInt64().Should().Be(3);
        queues["default"].GetProperty("delayed").GetInt64().Should().Be(1);
    }

    [Fact]
    public async Task Tables_align_for_people()
    {
        await program.RunAsync("enqueue", "debug.echo", "--queue", "backups");

        var lines = (await program.RunAsync("inspect", "queues")).Lines;

        lines[0].Should().StartWith("QUEUE").And.EndWith("PAUSED");
        lines[1].IndexOf('1', StringComparison.Ordinal).Should().Be(lines[0].IndexOf("WAITING", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Doctor_finds_an_installation_that_works()
    {
        await using var worker = await program.StartAsync("worker");
        await using var beat = await program.StartAsync("beat");

        var outcome = await program.RunAsync("doctor");

        outcome.Code.Should().Be(0);
        outcome.Lines.Should().HaveCount(7).And.OnlyContain(l => l.StartsWith("ok"));
    }

    [Fact]
    public async Task Doctor_names_what_is_missing()
    {
        await using var worker = await program.StartAsync("worker", "--queues", "default");

        var outcome = await program.RunAsync("doctor", "--timeout", "2s", "-o", "json");

        outcome.Code.Should().Be(5);
        outcome.Json.GetProperty("ok").GetBoolean().Should().BeFalse();
        outcome.Json.GetProperty("checks").EnumerateArray().Where(c => !c.GetProperty("ok").GetBoolean()).Select(c => c.GetProperty("check").GetString())
            .Should().Equal("queue backups", "beat");
    }

    [Fact]
    public async Task Doctor_reports_a_broker_that_is_away_as_a_finding()
    {
        var outcome = await program.RunAsync("doctor", "--broker-url", "redis://127.0.0.1:1");

        outcome.Code.Should().Be(5);
        outcome.Output.Should().StartWith("FAIL").And.Contain("127.0.0.1:1");
    }

    [Fact]
    public async Task Worker_answers_probes_and_shows_metrics()
    {
        await using var worker = await program.StartAsync("worker");
        await worker.UntilReadyAsync();
        await program.RunAsync("enqueue", "debug.echo", "--wait");

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
        var empty = await postgres.CreateEmptyAsync();
        await using var worker = await program.StartAsync("worker", "--database-url", empty.ToString());

        var ready = await Eventually.ReturnsAsync(() => worker.GetAsync("/readyz"), r => r.Body.Contains("migrate", StringComparison.Ordinal));

        ready.Status.Should().Be(503);
        ready.Body.Should().Contain("run 'taskrunner migrate'");
        (await worker.GetAsync("/livez")).Status.Should().Be(200);
    }

    [Fact]
    public async Task Worker_whose_broker_is_away_lives_and_is_neither_started_nor_ready()
    {
        await using var worker = await program.StartAsync("worker", "--broker-url", "redis://127.0.0.1:1");

        (await worker.GetAsync("/livez")).Status.Should().Be(200);
        (await worker.GetAsync("/startupz")).Status.Should().Be(503);
        (await worker.GetAsync("/readyz")).Body.Should().Contain("not connected");
    }

    [Fact]
    public async Task Declared_schedule_ticks_and_its_task_has_a_result()
    {
        var file = Path.GetTempFileName();
        await File.WriteAllTextAsync(file, """{"schedules":{"often":{"every":"200ms","task":"debug.echo","arguments":{"from":"schedule"}}}}""");
        await using var worker = await program.StartAsync("worker");
        await using (await program.StartAsync("beat", "--schedules-file", file))
        {
            await Eventually.TrueAsync(async () =>
                (await worker.GetAsync("/metrics")).Body.Split('\n').Any(l => l.StartsWith("taskrunner_tasks_finished_total{queue=\"default\",task=\"debug.echo\",outcome=\"succeeded\"}", StringComparison.Ordinal) && !l.EndsWith(" 0", StringComparison.Ordinal)));
        }

        File.Delete(file);
    }

    [Fact]
    public async Task Stopped_programs_end_with_zero()
    {
        var worker = await program.StartAsync("worker");
        var beat = await program.StartAsync("beat");
        await worker.UntilReadyAsync();

        (await worker.StopAsync()).Should().Be(0);
        (await beat.StopAsync()).Should().Be(0);
        await worker.DisposeAsync();
        await beat.DisposeAsync();
    }

    [Fact]
    public async Task Migrate_may_be_repeated()
    {
        var empty = await postgres.CreateEmptyAsync();

        var first = await program.RunAsync("migrate", "--database-url", empty.ToString());
        var second = await program.RunAsync("migrate", "--database-url", empty.ToString());

        first.Output.Should().Contain("applied 0001");
        second.Lines.Should().Equal("The schema is up to date.");
    }

    [Fact]
    public async Task Migrate_waits_for_a_database_that_is_still_starting()
    {
        await using var late = await PostgresServer.StartNewAsync();
        var database = await late.CreateEmptyAsync();
        await late.StopAsync();

        var migrate = program.RunAsync("migrate", "--database-url", database.ToString(), "--timeout", "60s");
        await late.StartAsync();

        (await migrate).Code.Should().Be(0);
    }

    [Fact]
    public async Task Migrate_without_patience_ends_with_three()
    {
        var outcome = await program.RunAsync("migrate", "--database-url", "postgresql://nobody@127.0.0.1:1/none");

        outcome.Code.Should().Be(3);
        outcome.Error.Should().NotContain("Waiting");
    }

    [Fact]
    public async Task Misspelt_argument_of_a_stock_task_is_refused()
    {
        await using var worker = await program.StartAsync("worker");

        var outcome = await program.RunAsync("enqueue", "debug.sleep", "-a", """{"second":1}""", "--wait");

        outcome.Code.Should().Be(5);
        outcome.Output.Should().Contain("The arguments of 'debug.sleep' do not fit SleepRequest");
    }

    [Fact]
    public async Task Port_that_is_taken_ends_with_one_sentence()
    {
        using var taken = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Any, 0);
        taken.Start();
        var port = ((System.Net.IPEndPoint)taken.LocalEndpoint).Port;

        var outcome = await program.RunAsync("worker", "--http-port", port.ToString(System.Globalization.CultureInfo.InvariantCulture));

        outcome.Code.Should().Be(1);
        outcome.Error.Trim().Should().Contain("address already in use").And.NotContain("\n");
    }
}
