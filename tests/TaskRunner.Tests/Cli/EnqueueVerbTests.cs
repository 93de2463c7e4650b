using FluentAssertions;
using TaskRunner.Tests.Support;
using Xunit;

namespace TaskRunner.Tests.Cli;

/// <summary><c>enqueue</c> with rules and files, and <c>unique</c>.</summary>
public sealed class EnqueueVerbTests(RedisFixture redis) : IClassFixture<RedisFixture>
{
    private readonly StockProgram program = new(ProgramVariables.Of(redis));

    [Fact]
    public async Task Second_task_with_a_unique_key_is_refused_until_the_key_is_released()
    {
        var first = (await program.RunAsync("enqueue", "debug.echo", "--unique", "report 7")).Lines.Single();

        var refused = await program.RunAsync("enqueue", "debug.echo", "--unique", "report 7", "-o", "json");
        refused.Code.Should().Be(6);
        refused.Error.Should().Contain("Another task holds the unique key 'report 7' of queue 'default'");
        refused.Json[0].GetProperty("status").GetString().Should().Be("unique-key-held");

        (await program.RunAsync("unique", "list")).Output.Should().Contain("report 7").And.Contain(first);
        var listed = (await program.RunAsync("unique", "list", "--queue", "default", "-o", "json")).Json.GetProperty("keys")[0];
        listed.GetProperty("task").GetString().Should().Be(first);
        listed.GetProperty("remainingMs").GetInt64().Should().BeInRange(1, 86_400_000);

        (await program.RunAsync("unique", "release", "report 7", "--task", Guid.NewGuid().ToString())).Code.Should().Be(4);
        (await program.RunAsync("unique", "release", "report 7")).Code.Should().Be(0);
        (await program.RunAsync("unique", "release", "report 7")).Code.Should().Be(4);
        (await program.RunAsync("enqueue", "debug.echo", "--unique", "report 7")).Code.Should().Be(0);
    }

    [Fact]
    public async Task Task_that_is_enqueued_again_with_its_id_is_one_task()
    {
        var id = (await program.RunAsync("enqueue", "debug.echo")).Lines.Single();

        var again = await program.RunAsync("enqueue", "debug.echo", "--id", id);

        again.Code.Should().Be(6);
        again.Error.Should().Contain("was enqueued before");
    }

    [Fact]
    public async Task Result_is_awaited_and_shown_without_a_database()
    {
        await using var worker = await program.StartAsync("worker");

        var waited = await program.RunAsync("enqueue", "debug.echo", "-a", """{"n":7}""", "--wait", "-o", "json");
        var failed = await program.RunAsync("enqueue", "debug.fail", "-a", """{"message":"boom"}""", "--wait", "-o", "json");
        var kept = (await program.RunAsync("enqueue", "debug.echo", "--keep", "10m")).Lines.Single();
        var later = await program.RunAsync("result", kept, "--wait", "-o", "json");

        waited.Json.GetProperty("output").GetProperty("n").GetInt32().Should().Be(7);
        failed.Code.Should().Be(5);
        later.Json.GetProperty("state").GetString().Should().Be("succeeded");
        (await program.RunAsync("result", kept, "-o", "json")).Json.GetProperty("id").GetString().Should().Be(kept);
    }

    [Fact]
    public async Task Result_that_nobody_keeps_is_said_to_need_a_database_or_a_flag()
    {
        var unknown = await program.RunAsync("result", Guid.NewGuid().ToString());
        var tooLong = await program.RunAsync("enqueue", "debug.echo", "--keep", "30d");

        unknown.Code.Should().Be(4);
        unknown.Error.Should().Contain("TASKRUNNER_DATABASE_URL").And.Contain("--keep");
        tooLong.Code.Should().Be(2);
        tooLong.Error.Should().Contain("--keep is '30d': it goes up to 7d.");
    }

    [Fact]
    public async Task File_of_many_tasks_is_enqueued_in_one_call()
    {
        var path = Path.GetTempFileName();
        try
        {
            await File.WriteAllLinesAsync(path, Enumerable.Range(0, 10_000).Select(i => $$"""{"task":"debug.echo","arguments":{"n":{{i}}},"queue":"bulk","expires":"1h","concurrencyKey":"c{{i % 7}}","concurrencyLimit":2}""").Append(""));

            var outcome = await program.RunAsync("enqueue", "--file", path);

            outcome.Code.Should().Be(0);
            outcome.Lines.Should().HaveCount(10_000).And.OnlyHaveUniqueItems();
            (await program.RunAsync("inspect", "queues", "-o", "json")).Output.Should().Contain("10000");
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public async Task Mistakes_of_a_file_are_all_told_with_their_lines_and_nothing_is_enqueued()
    {
        var path = Path.GetTempFileName();
        try
        {
            await File.WriteAllLinesAsync(path, ["""{"task":"debug.echo"}""", """{"task":"debug.echo","priority":12,"expires":"soon"}""", """{"task":"debug.echo","uniq":"x"}""", """{"queue":"a"}"""]);

            var outcome = await program.RunAsync("enqueue", "--file", path);

            outcome.Code.Should().Be(2);
            outcome.Error.Should().Contain("line 2: \"priority\" is 12").And.Contain("line 2: \"expires\" is 'soon'").And.Contain("line 3 is not a valid task: \"uniq\" is not a field of it. Did you mean 'unique'").And.Contain("line 4: \"task\" is ''");
            (await program.RunAsync("inspect", "queues")).Output.Should().NotContain("default");
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Theory]
    [InlineData("--expires is 'x'", "--expires", "x")]
    [InlineData("--unique-mode is 'never': it is done or start", "--unique", "k", "--unique-mode", "never")]
    [InlineData("--unique-conflict is 'fight': it is reject or replace", "--unique", "k", "--unique-conflict", "fight")]
    [InlineData("--unique-for is '40d'", "--unique", "k", "--unique-for", "40d")]
    [InlineData("--concurrency-limit is '0'", "--concurrency-key", "k", "--concurrency-limit", "0")]
    [InlineData("--concurrency-limit needs --concurrency-key", "--concurrency-limit", "2")]
    [InlineData("--rate-key and --rate-limit go together", "--rate-key", "k")]
    [InlineData("--rate-limit is 'fast'", "--rate-key", "k", "--rate-limit", "fast")]
    [InlineData("TASK and the flags of a task do not go with it", "--file", "-")]
    public async Task Wrong_flag_is_named(string mistake, params string[] flags)
    {
        var outcome = await program.RunAsync(["enqueue", "debug.echo", .. flags]);

        outcome.Code.Should().Be(2);
        outcome.Error.Should().Contain(mistake);
    }

    [Fact]
    public async Task Lost_broker_says_that_nothing_was_enqueued()
    {
        var away = new StockProgram(("TASKRUNNER_BROKER_URL", $"redis://127.0.0.1:{FreePort.Next()}"));

        var outcome = await away.RunAsync("enqueue", "debug.echo");

        outcome.Code.Should().Be(3);
    }
}
