using FluentAssertions;
using TaskRunner.Tests.Support;
using Xunit;

namespace TaskRunner.Tests.Cli;

/// <summary>How a command line is read: nothing comes from files, no value is repeated that may be a secret, and mistakes are sentences that lead on.</summary>
[Collection(PostgresFixture.Name)]
public sealed class CommandLineTests(RedisFixture redis, PostgresFixture postgres) : InstalledProgramTests(redis, postgres), IClassFixture<RedisFixture>
{
    public static TheoryData<string, string[]> Mistakes => new()
    {
        { "A verb is missing after 'taskrunner inspect': ping,", ["inspect"] },
        { "A verb is missing after 'taskrunner': worker,", [] },
        { "'taskrunner' has no verb 'enqeue'. Did you mean 'enqueue'?", ["enqeue", "debug.echo"] },
        { "'taskrunner inspect' has no verb 'queue'. Did you mean 'queues'?", ["inspect", "queue"] },
        { "'enqueue' stands behind '--', and what stands there is no verb: write 'taskrunner enqueue'.", ["--", "enqueue", "debug.echo"] },
        { "'queues' stands behind '--', and what stands there is no verb: write 'taskrunner inspect queues'.", ["inspect", "--", "queues"] },
        { "'taskrunner' has no verb 'enqeue'. Did you mean 'enqueue'?", ["--", "enqeue"] },
        { "KEY is '': a unique key has 1 to 200 characters", ["unique", "release", ""] },
        { "KEY is 'a\\nb': a unique key has 1 to 200 characters", ["unique", "release", "a\nb"] },
        { "'taskrunner inspect queues' has no flag '--bad'.", ["inspect", "queues", "--bad"] },
        { "'taskrunner enqueue' has no flag '--priorty'. Did you mean '--priority'?", ["enqueue", "debug.echo", "--priorty", "3"] },
        { "See 'taskrunner inspect queues --help'.", ["inspect", "queues", "--bad"] },
        { "ID is missing after 'taskrunner result': Id of the task, as enqueue printed it.", ["result"] },
        { "ID is 'nonsense': an id has 32 hexadecimal digits, with or without dashes.", ["result", "nonsense"] },
        { "--id is 'nonsense': an id has", ["enqueue", "debug.echo", "--id", "nonsense"] },
        { "--queue is given 2 times: give it once.", ["enqueue", "debug.echo", "--queue", "a", "--queue", "b"] },
        { "--queue needs a value.", ["enqueue", "debug.echo", "--queue"] },
        { "--from is missing", ["schedule", "import"] },
        { "--from is 'cron': it must be celery.", ["schedule", "import", "--from", "cron"] },
        { "'x' is one value too many for 'taskrunner version'.", ["version", "x"] },
        { "--limit is 'x': it must be a whole number from 1 to 10000.", ["inspect", "scheduled", "--limit", "x"] },
        { "N is '1.5': it must be a whole number", ["control", "pool-resize", "1.5"] },
        { "'maybe' is one value too many for 'taskrunner enqueue'.", ["enqueue", "debug.echo", "--wait=maybe"] },
    };

    [Theory]
    [MemberData(nameof(Mistakes))]
    public async Task Mistake_is_a_sentence_with_what_comes_close(string sentence, string[] arguments)
    {
        var outcome = await Program.RunAsync(arguments);

        outcome.Code.Should().Be(2);
        outcome.Error.Should().Contain(sentence).And.NotContain("System.").And.NotContain("expected type");
    }

    [Theory]
    [InlineData("'taskrunner' has no verb 'qeues'. Did you mean 'queues'?", "qeues", "list")]
    [InlineData("'taskrunner inspect' has no verb 'queue'. Did you mean 'queues'?", "inspect", "queue", "default", "again")]
    [InlineData("'enqueue' stands behind '--', and what stands there is no verb: write 'taskrunner enqueue'.", "--", "enqueue", "debug.echo")]
    public async Task Verb_that_is_not_there_is_one_sentence_whatever_follows_it(string sentence, params string[] arguments)
    {
        var outcome = await Program.RunAsync(arguments);

        outcome.Code.Should().Be(2);
        outcome.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries).Should().HaveCount(2).And.Contain(sentence);
    }

    [Theory]
    [InlineData("enqueue", "debug.echo", "--broker-password", "hunter2")]
    [InlineData("enqueue", "--broker-password", "hunter2", "debug.echo")]
    [InlineData("enqueue", "debug.echo", "--broker-password=hunter2")]
    [InlineData("enqueue", "debug.echo", "--broker-password:hunter2")]
    [InlineData("result", "--tokne", "hunter2", "01a22778-80df-7000-b7ab-93978a9e1ba0")]
    [InlineData("inspect", "ping", "-hunter2")]
    [InlineData("--broker-password", "hunter2", "inspect", "ping")]
    [InlineData("worker", "--database-password", "hunter2", "--queues", "a b")]
    [InlineData("control", "revoke", "--secret", "hunter2")]
    public async Task Value_of_an_unknown_flag_is_not_repeated(params string[] arguments)
    {
        var outcome = await Program.RunAsync(arguments);

        outcome.Code.Should().Be(2);
        (outcome.Output + outcome.Error).Should().NotContain("unter2").And.Contain("flag");
    }

    [Fact]
    public async Task Secret_that_has_no_flag_is_said_to_have_a_variable() =>
        (await Program.RunAsync("inspect", "ping", "--broker-password", "x")).Error.Should().Contain("Set TASKRUNNER_BROKER_PASSWORD, or TASKRUNNER_BROKER_PASSWORD_FILE.");

    [Fact]
    public async Task Value_that_begins_with_an_at_sign_is_a_value_in_every_position()
    {
        var file = Path.Combine(Directory.CreateTempSubdirectory("taskrunner-at-").FullName, "flags");
        await File.WriteAllTextAsync(file, "secret-line --queue other --priority 9\n");

        (await Program.RunAsync("schedule", "add", "@team", "--cron", "@daily", "--task", "debug.echo")).Should().BeEquivalentTo(new { Code = 0, Error = "" });
        (await Program.RunAsync("schedule", "show", "@team")).Output.Should().Contain("@daily");
        (await Program.RunAsync("enqueue", "debug.echo", "--unique", "@" + file)).Should().BeEquivalentTo(new { Code = 0, Error = "" });
        (await Program.RunAsync("inspect", "waiting", "--queue", "default", "-o", "json")).Json.GetProperty("tasks")[0].GetProperty("priority").GetInt32().Should().Be(5);
        (await Program.RunAsync("queues", "pause", "default", "--reason", "@nobody")).Code.Should().Be(0);
        (await Program.RunAsync("@" + file)).Error.Should().NotContain("secret-line");
    }

    [Fact]
    public async Task Id_is_read_in_both_forms_and_printed_in_one()
    {
        var id = Guid.CreateVersion7();
        await Program.SucceedAsync("enqueue", "debug.echo", "--delay", "1h", "--id", id.ToString("N").ToUpperInvariant());

        foreach (var typed in new[] { id.ToString("N"), id.ToString("D"), id.ToString("N").ToUpperInvariant(), id.ToString("D").ToUpperInvariant() })
        {
            (await Program.RunAsync("result", typed)).Output.Should().StartWith($"id            {id}");
        }

        foreach (var wrong in new[] { $"{{{id}}}", $"({id})", $" {id}", id.ToString("N")[1..], id + "0", "0x" + id.ToString("N")[2..] })
        {
            (await Program.RunAsync("result", wrong)).Code.Should().Be(2, wrong);
        }
    }

    [Fact]
    public async Task Mistake_in_one_of_several_ids_stops_the_whole_call_before_anything_is_done()
    {
        var id = (await Program.RunAsync("enqueue", "debug.echo", "--delay", "1h")).Lines.Single();

        foreach (var verb in new[] { new[] { "control", "revoke" }, ["dead", "retry"], ["dead", "purge"] })
        {
            var outcome = await Program.RunAsync([.. verb, "nonsense", id, id[..^1]]);

            outcome.Code.Should().Be(2);
            outcome.Output.Should().BeEmpty();
            outcome.Error.Should().Contain("ID is 'nonsense'").And.Contain($"ID is '{id[..^1]}'").And.NotContain($"'{id}'");
        }

        (await Program.RunAsync("result", id, "-o", "json")).Json.GetProperty("state").GetString().Should().Be("delayed");
    }

    [Fact]
    public async Task Mistakes_of_flags_arguments_and_settings_are_reported_at_once()
    {
        var outcome = await Program.RunAsync("control", "revoke", "nonsense", "--queue", "a b", "--output", "xml", "--lease-seconds", "0");

        outcome.Code.Should().Be(2);
        outcome.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries).Should().HaveCount(4);
    }
}
