using System.Text.Json;
using FluentAssertions;
using TaskRunner.Cli;
using TaskRunner.Tests.Support;
using Xunit;

namespace TaskRunner.Tests.Cli;

/// <summary>Verbs of a program that maps the task.</summary>
[Collection(PostgresFixture.Name)]
public sealed class TypeRuleTests(RedisFixture redis, PostgresFixture postgres) : IClassFixture<RedisFixture>
{
    [Fact]
    public async Task Schedule_follows_the_type_of_its_task_and_run_keeps_to_its_rules()
    {
        var environment = ProgramVariables.Of(redis, await postgres.CreateMigratedAsync());

        var added = await RunAsync(environment, "schedule", "add", "s", "--cron", "0 0 1 1 *", "--task", "stock.count");
        var first = await RunAsync(environment, "schedule", "run", "s");
        var second = await RunAsync(environment, "schedule", "run", "s");

        added.Code.Should().Be(0);
        added.Output.Should().Contain("on queue stock with priority 7");
        first.Code.Should().Be(0);
        second.Code.Should().Be(ExitCode.Refused);
        second.Error.Should().MatchRegex("^Another task holds the unique key 'stock.count:[0-9a-f]+' of queue 'stock'; task [0-9a-f-]{36} was not added\\.\\s*$");
    }

    [Fact]
    public async Task Flags_of_enqueue_win_over_the_rules_of_the_type()
    {
        var environment = ProgramVariables.Of(redis);
        await RunAsync(environment, "enqueue", "stock.count");

        var refused = await RunAsync(environment, "enqueue", "stock.count");
        var replacing = await RunAsync(environment, "enqueue", "stock.count", "--unique-conflict", "replace", "--unique-for", "1m");
        var held = await RunAsync(environment, "unique", "list", "--queue", "stock", "-o", "json");

        refused.Code.Should().Be(ExitCode.Refused);
        replacing.Code.Should().Be(ExitCode.Ok);
        var key = JsonElement.Parse(held.Output).GetProperty("keys")[0];
        key.GetProperty("task").GetString().Should().Be(replacing.Output.Trim());
        key.GetProperty("remainingMs").GetInt64().Should().BeInRange(1, 60_000);
    }

    private static async Task<(int Code, string Output, string Error)> RunAsync((string Name, string Value)[] environment, params string[] arguments)
    {
        var app = TaskRunnerApp.Create(arguments);
        app.MapTask<int>("stock.count", (_, _, _) => Task.CompletedTask).Queue("stock").Priority(7).Unique();
        await using var output = new StringWriter();
        await using var error = new StringWriter();
        var context = new VerbContext(app.Registry, app.Services) { Output = output, Error = error, Environment = name => environment.SingleOrDefault(v => v.Name == name).Value };
        return (await app.RunAsync(context), output.ToString(), error.ToString());
    }
}
