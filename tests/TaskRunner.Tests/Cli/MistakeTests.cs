using FluentAssertions;
using TaskRunner.Tests.Support;
using Xunit;

namespace TaskRunner.Tests.Cli;

/// <summary>What a person sees after a mistake: one sentence that names what to change, and a documented exit code.</summary>
public sealed class MistakeTests
{
    private const string Broker = "redis://127.0.0.1:1";
    private const string Database = "postgresql://nobody@127.0.0.1:1/none";

    [Fact]
    public async Task All_mistakes_of_a_configuration_are_reported_at_once()
    {
        var program = new StockProgram(
            ("TASKRUNNER_BROKER_URL", "http://redis:6379"),
            ("TASKRUNNER_QUEUES", "good,bad queue"),
            ("TASKRUNNER_CONCURRENCY", "many"),
            ("TASKRUNNER_DRAIN_SECONDS", "-1"),
            ("TASKRUNNER_LEASE_SECONDS", "2"),
            ("TASKRUNNER_HTTP_PORT", "65536"),
            ("TASKRUNNER_LOG_LEVEL", "loud"),
            ("TASKRUNNER_NAMESPACE", "a b"),
            ("TASKRUNNER_DATABASE_URL", "mysql://x"),
            ("TASKRUNNER_DATABASE_PASSWORD_FILE", "/no/such/file"));

        var outcome = await program.RunAsync("worker");

        outcome.Code.Should().Be(2);
        var lines = outcome.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        lines.Should().HaveCount(10).And.ContainSingle(line => line.StartsWith("TASKRUNNER_DATABASE_PASSWORD_FILE "));
        foreach (var variable in new[] { "BROKER_URL", "QUEUES", "CONCURRENCY", "DRAIN_SECONDS", "LEASE_SECONDS", "HTTP_PORT", "LOG_LEVEL", "NAMESPACE", "DATABASE_URL" })
        {
            lines.Should().ContainSingle(line => line.StartsWith($"TASKRUNNER_{variable} ("));
        }
    }

    [Theory]
    [InlineData("TASKRUNNER_CONCURRENCY", "0", "TASKRUNNER_CONCURRENCY (--concurrency) is '0': it must be a whole number from 1 to 1000.")]
    [InlineData("TASKRUNNER_CONCURRENCY", "1001", "TASKRUNNER_CONCURRENCY (--concurrency) is '1001': it must be a whole number from 1 to 1000.")]
    [InlineData("TASKRUNNER_QUEUES", "a/b", "TASKRUNNER_QUEUES (--queues) has 'a/b': a queue name has 1 to 100 letters, digits, dots, dashes or underscores.")]
    [InlineData("TASKRUNNER_QUEUES", " , ", "TASKRUNNER_QUEUES (--queues) names no queue: give at least one.")]
    [InlineData("TASKRUNNER_QUEUES", "a,,b", "TASKRUNNER_QUEUES (--queues) has an empty name: name 2 of 3. A comma stands between two queues.")]
    [InlineData("TASKRUNNER_QUEUES", "a, ,", "TASKRUNNER_QUEUES (--queues) has an empty name: name 2 of 3. A comma stands between two queues.")]
    [InlineData("TASKRUNNER_QUEUES", ",a", "TASKRUNNER_QUEUES (--queues) has an empty name: name 1 of 2. A comma stands between two queues.")]
    [InlineData("TASKRUNNER_QUEUES", "a:0", "TASKRUNNER_QUEUES (--queues) has 'a:0': a weight is a whole number from 1 to 1000.")]
    [InlineData("TASKRUNNER_QUEUES", "a:2,a:3", "TASKRUNNER_QUEUES (--queues) names the queue a twice, with different weights.")]
    [InlineData("TASKRUNNER_QUEUE_ORDER", "random", "TASKRUNNER_QUEUE_ORDER (--queue-order) is 'random': it must be one of fair, weighted, strict.")]
    [InlineData("TASKRUNNER_LOG_FORMAT", "xml", "TASKRUNNER_LOG_FORMAT (--log-format) is 'xml': it must be one of json, text.")]
    [InlineData("TASKRUNNER_BROKER_CA_FILE", "/no/ca.pem", "TASKRUNNER_BROKER_CA_FILE (--broker-ca-file) is '/no/ca.pem': the file does not exist.")]
    [InlineData("TASKRUNNER_BROKER_PASSWORD_FILE", "/no/password", "TASKRUNNER_BROKER_PASSWORD_FILE does not name a usable file: there is no such file, or it cannot be read.")]
    [InlineData("TASKRUNNER_BROKER_USERNAME", "hunter2", "The broker's user has no password: set TASKRUNNER_BROKER_PASSWORD, write redis://USER:PASSWORD@HOST (with nothing after the colon for a user without one), or redis://:PASSWORD@HOST if it is a password.")]
    public async Task Mistake_is_one_sentence_that_names_the_variable(string variable, string value, string sentence)
    {
        var outcome = await new StockProgram(("TASKRUNNER_BROKER_URL", "rediss://127.0.0.1:1"), (variable, value)).RunAsync("worker");

        outcome.Code.Should().Be(2);
        outcome.Error.Trim().Should().Be(sentence);
    }

    [Fact]
    public async Task Missing_broker_is_asked_for_with_an_example()
    {
        var outcome = await new StockProgram().RunAsync("worker");

        outcome.Code.Should().Be(2);
        outcome.Error.Trim().Should().Be("TASKRUNNER_BROKER_URL (--broker-url) is not set: for example redis://localhost:6379.");
    }

    [Fact]
    public async Task Beat_needs_both_stores()
    {
        var outcome = await new StockProgram().RunAsync("beat");

        outcome.Code.Should().Be(2);
        outcome.Error.Should().Contain("TASKRUNNER_BROKER_URL").And.Contain("TASKRUNNER_DATABASE_URL");
    }

    [Theory]
    [InlineData("enqueue")]
    [InlineData("enqueue", "x", "--nonsense")]
    [InlineData("inspect")]
    [InlineData("nonsense")]
    [InlineData("worker", "--concurrency")]
    public async Task Wrong_command_line_ends_with_two_and_points_to_the_help(params string[] arguments)
    {
        var outcome = await new StockProgram(("TASKRUNNER_BROKER_URL", Broker)).RunAsync(arguments);

        outcome.Code.Should().Be(2);
        outcome.Error.Should().Contain("--help");
    }

    [Fact]
    public async Task All_mistakes_of_an_enqueue_are_reported_at_once()
    {
        var outcome = await new StockProgram(("TASKRUNNER_BROKER_URL", Broker)).RunAsync(
            "enqueue", "x", "--queue", "a b", "--priority", "10", "--count", "0", "--delay", "soon", "--arguments", "{", "--timeout", "never");

        outcome.Code.Should().Be(2);
        outcome.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => l.Split(' ')[0])
            .Should().BeEquivalentTo("--queue", "--priority", "--count", "--delay", "--arguments", "--timeout");
    }

    [Theory]
    [InlineData("enqueue", "debug.echo")]
    [InlineData("inspect", "ping")]
    [InlineData("inspect", "queues")]
    public async Task Unreachable_broker_ends_with_three_and_its_address(params string[] arguments)
    {
        var outcome = await new StockProgram(("TASKRUNNER_BROKER_URL", Broker)).RunAsync(arguments);

        outcome.Code.Should().Be(3);
        outcome.Error.Trim().Should().Contain("127.0.0.1:1").And.NotContain("\n");
    }

    [Fact]
    public async Task Unreachable_database_ends_with_three_and_its_address()
    {
        var outcome = await new StockProgram(("TASKRUNNER_DATABASE_URL", Database)).RunAsync("migrate");

        outcome.Code.Should().Be(3);
        outcome.Error.Trim().Should().Contain("127.0.0.1:1").And.NotContain("\n");
    }

    [Fact]
    public async Task Wrong_broker_password_ends_with_three_and_is_never_shown()
    {
        await using var server = await RedisServer.StartAsync(new RedisServerOptions { Password = "right" });

        var outcome = await new StockProgram(("TASKRUNNER_BROKER_URL", $"redis://127.0.0.1:{server.Port}"), ("TASKRUNNER_BROKER_PASSWORD", "hunter2-wrong")).RunAsync("enqueue", "x");

        outcome.Code.Should().Be(3);
        outcome.Error.Should().Contain("password").And.NotContain("hunter2");
    }

    [Fact]
    public async Task Mistake_in_a_schedule_names_entry_and_key()
    {
        var file = Path.GetTempFileName();
        await File.WriteAllTextAsync(file, """{"schedules":{"nightly":{"cron":"61 * * * *","task":"x"},"other":{"every":"soon"}}}""");

        var outcome = await new StockProgram(("TASKRUNNER_BROKER_URL", Broker), ("TASKRUNNER_DATABASE_URL", Database), ("TASKRUNNER_SCHEDULES_FILE", file)).RunAsync("beat");
        File.Delete(file);

        outcome.Code.Should().Be(2);
        outcome.Error.Should().StartWith("TASKRUNNER_SCHEDULES_FILE").And.Contain("nightly").And.Contain("cron").And.Contain("other").And.Contain("every");
    }

    [Theory]
    [InlineData("--help", "worker")]
    [InlineData("--version", ".")]
    [InlineData("version", ".")]
    [InlineData("worker --help", "TASKRUNNER_CONCURRENCY")]
    [InlineData("doctor --help", "--no-beat")]
    public async Task Help_and_version_are_there(string arguments, string part)
    {
        var outcome = await new StockProgram().RunAsync(arguments.Split(' '));

        outcome.Code.Should().Be(0);
        outcome.Output.Should().Contain(part);
    }

    [Fact]
    public async Task Secrets_have_no_flag()
    {
        var outcome = await new StockProgram().RunAsync("worker", "--help");

        outcome.Output.Should().NotContain("--broker-password").And.NotContain("--database-password");
    }
}
