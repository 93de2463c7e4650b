using FluentAssertions;
using Microsoft.Extensions.Logging;
using TaskRunner.Client;
using TaskRunner.Tests.Support;
using Xunit;

namespace TaskRunner.Tests.Cli;

/// <summary>Names that nobody knows are refused, or warned about where nobody can be asked.</summary>
[Collection(PostgresFixture.Name)]
public sealed class KnownNamesTests(RedisFixture redis, PostgresFixture postgres) : InstalledProgramTests(redis, postgres), IClassFixture<RedisFixture>
{
    public static TheoryData<string[]> Calls => new()
    {
        { ["enqueue", "debug.ehco"] },
        { ["schedule", "add", "s", "--every", "1d", "--task", "debug.ehco"] },
        { ["schedule", "edit", "known", "--task", "debug.ehco"] },
        { ["flow", "start", "-"] },
    };

    [Theory]
    [MemberData(nameof(Calls))]
    public async Task Task_that_nobody_maps_is_refused_while_workers_are_alive_unless_it_is_meant(string[] call)
    {
        await Program.SucceedAsync("schedule", "add", "known", "--every", "1d", "--task", "debug.echo");
        await using var worker = await Program.StartAsync("worker");
        await worker.UntilReadyAsync();

        var refused = await With().RunAsync(call);
        var forced = await With().RunAsync([.. call, "--force"]);

        refused.Should().BeEquivalentTo(new { Code = 2, Output = "" });
        refused.Error.Should().Contain("Neither this program nor any live worker maps a task 'debug.ehco'. Did you mean 'debug.echo'? Repeat with --force");
        forced.Should().BeEquivalentTo(new { Code = 0, Error = "" });
    }

    [Theory]
    [MemberData(nameof(Calls))]
    public async Task Task_that_this_program_does_not_map_is_warned_about_while_nobody_can_be_asked(string[] call)
    {
        await Program.SucceedAsync("schedule", "add", "known", "--every", "1d", "--task", "debug.echo");

        var outcome = await With().RunAsync(call);

        outcome.Code.Should().Be(0);
        outcome.Error.Should().StartWith("Warning: this program does not map a task 'debug.ehco'").And.Contain("Did you mean 'debug.echo'?");
    }

    [Fact]
    public async Task Task_that_only_a_worker_maps_is_accepted_without_a_word()
    {
        var other = new StockProgram([.. Program.Variables.Select(v => (v.Key, v.Value))]) { Map = app => app.MapTask("orders.confirm", (string _, TaskContext _, CancellationToken _) => Task.CompletedTask) };
        await using var worker = await other.StartAsync("worker");
        await worker.UntilReadyAsync();

        (await Program.RunAsync("enqueue", "orders.confirm", "-a", "\"x\"")).Should().BeEquivalentTo(new { Code = 0, Error = "" });
        (await Program.RunAsync("enqueue", "orders.cnfirm", "-a", "\"x\"")).Error.Should().Contain("Did you mean 'orders.confirm'?");
    }

    [Fact]
    public async Task Every_unknown_name_of_a_file_is_named_and_nothing_is_enqueued()
    {
        await using var worker = await Program.StartAsync("worker");
        await worker.UntilReadyAsync();
        var program = new StockProgram([.. Program.Variables.Select(v => (v.Key, v.Value))]) { Input = new StringReader("""
            {"task":"debug.echo"}
            {"task":"a.b"}
            {"task":"c.d"}
            {"task":"a.b"}
            """) };

        var outcome = await program.RunAsync("enqueue", "--file", "-");

        outcome.Should().BeEquivalentTo(new { Code = 2, Output = "" });
        outcome.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries).Should().HaveCount(2).And.Contain(l => l.Contains("'a.b'")).And.Contain(l => l.Contains("'c.d'"));
    }

    [Fact]
    public async Task Queue_that_was_never_used_is_refused_by_what_changes_it_and_warned_about_by_what_fills_it()
    {
        await Program.SucceedAsync("enqueue", "debug.echo", "--queue", "backups");

        var paused = await Program.RunAsync("queues", "pause", "bakups");
        paused.Should().BeEquivalentTo(new { Code = 2, Output = "" });
        paused.Error.Should().Be("There is no queue 'bakups': it was never used, and no worker serves it. Did you mean 'backups'? Repeat with --force if it is meant.\n");
        (await Program.RunAsync("control", "rate-limit", "bakups", "1/s")).Code.Should().Be(2);
        (await Program.RunAsync("queues", "resume", "bakups")).Code.Should().Be(4);
        (await Program.RunAsync("queues", "purge", "bakups", "--yes")).Code.Should().Be(4);
        (await Program.RunAsync("queues", "pause", "later", "--force")).Code.Should().Be(0);
        (await Program.RunAsync("queues", "pause", "backups")).Should().BeEquivalentTo(new { Code = 0, Error = "" });
        (await Program.RunAsync("enqueue", "debug.echo", "--queue", "bakup")).Should().BeEquivalentTo(
            new { Code = 0, Error = "Warning: queue 'bakup' was never used before, and no worker serves it. Did you mean 'backups'?\n" });
    }

    [Fact]
    public async Task Configured_queue_is_known_before_its_first_use()
    {
        var program = new StockProgram([.. Program.Variables.Where(v => v.Key != "TASKRUNNER_QUEUES").Select(v => (v.Key, v.Value)), ("TASKRUNNER_QUEUES", "default,reports:3")]);

        (await program.RunAsync("queues", "pause", "reports")).Should().BeEquivalentTo(new { Code = 0, Error = "" });
    }

    [Fact]
    public async Task Client_that_knows_types_warns_once_of_one_that_it_does_not_know()
    {
        var log = new CapturingLogger();
        var registry = new TaskRegistry();
        registry.Add(new TaskDefinition("orders.confirm", (_, _) => Task.FromResult<string?>(null)));
        var watch = new UnknownTasks(registry, log);

        watch.Look("orders.cnfirm\u001b[2J");
        watch.Look("orders.cnfirm\u001b[2J");
        watch.Look("orders.confirm");

        log.Of(LogLevel.Warning).Should().ContainSingle().Which.Should().Contain("orders.cnfirm\\u001b[2J");
        var nobody = new CapturingLogger();
        new UnknownTasks(new TaskRegistry(), nobody).Look("x");
        nobody.Entries.Should().BeEmpty("a program that describes nothing knows nothing");
        await Task.CompletedTask;
    }

    private StockProgram With() => new([.. Program.Variables.Select(v => (v.Key, v.Value))]) { Input = new StringReader("""{"chain":[{"task":"debug.ehco"}]}""") };
}
