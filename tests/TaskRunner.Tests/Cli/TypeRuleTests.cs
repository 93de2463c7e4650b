using System.Text.Json;
using FluentAssertions;
using TaskRunner.Cli;
using TaskRunner.Tests.Beat.Celery;
using TaskRunner.Tests.Support;
using Xunit;

namespace TaskRunner.Tests.Cli;

/// <summary>Verbs of a program that maps the task.</summary>
[Collection(PostgresFixture.Name)]
public sealed class TypeRuleTests(RedisFixture redis, PostgresFixture postgres) : IClassFixture<RedisFixture>, IAsyncLifetime
{
    private const string Place = "SELECT concat_ws(' ', name, queue, priority, source) FROM taskrunner.schedules";

    private string database = "";
    private StockProgram program = new();

    public async Task InitializeAsync()
    {
        var options = await postgres.CreateMigratedAsync();
        database = options.Database;
        program = new StockProgram([.. ProgramVariables.Of(redis, options), ("TASKRUNNER_QUEUES", "stock")])
        {
            Map = app => app.MapTask<JsonElement>("stock.count", (_, _, _) => Task.CompletedTask).Queue("stock").Priority(7).Unique().Expires(TimeSpan.FromHours(1)),
        };
    }

    public Task DisposeAsync() => Task.CompletedTask;

    [Fact]
    public async Task Schedule_follows_the_type_of_its_task_and_run_keeps_to_its_rules()
    {
        var added = await program.RunAsync("schedule", "add", "s", "--cron", "0 0 1 1 *", "--task", "stock.count");
        var first = await program.RunAsync("schedule", "run", "s");
        var second = await program.RunAsync("schedule", "run", "s");

        added.Code.Should().Be(0);
        added.Output.Should().Contain("on queue stock with priority 7");
        first.Code.Should().Be(0);
        second.Code.Should().Be(ExitCode.Refused);
        second.Error.Should().MatchRegex("^Another task holds the unique key 'stock.count:[0-9a-f]+' of queue 'stock'; task [0-9a-f-]{36} was not added\\.\\s*$");
    }

    [Theory]
    [InlineData("text", "The rules of task type 'stock.odd' failed: UnspeakableException: (its message cannot be read: NotSupportedException)")]
    [InlineData("long", "The rules of task type 'stock.odd' failed: The unique key 'xxx")]
    [InlineData("control", "The rules of task type 'stock.odd' failed: The unique key '")]
    public async Task Key_function_that_fails_is_a_sentence_and_nothing_is_enqueued(string how, string sentence)
    {
        var odd = new StockProgram([.. program.Variables.Select(v => (v.Key, v.Value))])
        {
            Map = app => app.MapTask<JsonElement>("stock.odd", (_, _, _) => Task.CompletedTask).Unique(
                key: _ => how switch { "text" => throw new UnspeakableException(), "long" => new string('x', 250), _ => "\a\a\a" }),
        };
        await odd.RunAsync("schedule", "add", "s", "--cron", "0 0 1 1 *", "--task", "stock.odd");

        foreach (var (code, verb) in new (int, string[])[] { (ExitCode.Usage, ["enqueue", "stock.odd"]), (ExitCode.Refused, ["schedule", "run", "s"]) })
        {
            var outcome = await odd.RunAsync(verb);

            outcome.Code.Should().Be(code, outcome.Error);
            outcome.Error.Should().Contain(sentence).And.NotContain("Unexpected error");
        }
    }

    [Fact]
    public async Task Declared_schedule_follows_the_type_of_its_task()
    {
        var file = Path.GetTempFileName();
        await File.WriteAllTextAsync(file, """{"schedules":{"s":{"cron":"0 0 1 1 *","task":"stock.count"}}}""");

        await using (await program.StartAsync("beat", "--schedules-file", file))
        {
            await Eventually.ReturnsAsync(() => postgres.Server.ExecuteAsync(database, Place), place => place is "s stock 7 declared");
        }

        File.Delete(file);
    }

    [Fact]
    public async Task Imported_schedule_follows_the_type_of_its_task()
    {
        var celery = await CeleryDatabase.CreateAsync(postgres, database);
        await celery.TaskAsync("s", ("crontab_id", $"{await celery.CrontabAsync("0", "2", "*", "*", "*")}"), ("task", "'stock.count'"));

        (await program.RunAsync("schedule", "import", "--from", "celery")).Should().BeEquivalentTo(new { Code = 0, Error = "" });

        (await postgres.Server.ExecuteAsync(database, Place)).Should().Be("s stock 7 celery");
    }

    [Theory]
    [InlineData("1 millisecond", "expired")]
    [InlineData("1 day", "succeeded")]
    public async Task Run_keeps_to_the_time_to_live_of_the_schedule_before_that_of_the_type(string expires, string state)
    {
        await program.SucceedAsync("schedule", "add", "s", "--cron", "0 0 1 1 *", "--task", "stock.count");
        await postgres.Server.ExecuteAsync(database, $"UPDATE taskrunner.schedules SET expires_ms = extract(epoch FROM interval '{expires}') * 1000");
        var id = (await program.RunAsync("schedule", "run", "s")).Lines.Single();

        await using var worker = await program.StartAsync("worker");

        (await program.RunAsync("result", id, "--wait", "-o", "json")).Json.GetProperty("state").GetString().Should().Be(state);
    }

    [Fact]
    public async Task Key_that_cannot_be_made_is_one_sentence_of_enqueue_and_of_run_and_enqueues_nothing()
    {
        var failing = new StockProgram([.. program.Variables.Select(variable => (variable.Key, variable.Value))])
        {
            Map = app => app.MapTask<int>("stock.bad", (_, _, _) => Task.CompletedTask).Queue("stock").Unique(key: _ => throw new IOException("no metal")),
        };
        (await failing.RunAsync("schedule", "add", "s", "--cron", "0 0 1 1 *", "--task", "stock.bad")).Should().BeEquivalentTo(new { Code = 0, Error = "" });

        var enqueued = await failing.RunAsync("enqueue", "stock.bad", "--arguments", "1");
        var run = await failing.RunAsync("schedule", "run", "s");

        enqueued.Code.Should().Be(ExitCode.Usage);
        enqueued.Error.Trim().Should().EndWith("--arguments: The rules of task type 'stock.bad' failed: IOException: no metal");
        run.Code.Should().Be(ExitCode.Refused);
        run.Error.Trim().Should().Be("The rules of task type 'stock.bad' failed: IOException: no metal");
        (await failing.RunAsync("queues", "list", "-o", "json")).Output.Should().NotContain("\"waiting\":1");
    }

    [Fact]
    public async Task Flags_of_enqueue_win_over_the_rules_of_the_type()
    {
        await program.SucceedAsync("enqueue", "stock.count");

        var refused = await program.RunAsync("enqueue", "stock.count");
        var replacing = await program.RunAsync("enqueue", "stock.count", "--unique-conflict", "replace", "--unique-for", "1m");
        var held = await program.RunAsync("unique", "list", "--queue", "stock", "-o", "json");

        refused.Code.Should().Be(ExitCode.Refused);
        replacing.Code.Should().Be(ExitCode.Ok);
        var key = held.Json.GetProperty("keys")[0];
        key.GetProperty("task").GetString().Should().Be(replacing.Output.Trim());
        key.GetProperty("remainingMs").GetInt64().Should().BeInRange(1, 60_000);
    }

    private sealed class UnspeakableException : Exception
    {
        public override string Message => throw new NotSupportedException("not even that");
    }
}
