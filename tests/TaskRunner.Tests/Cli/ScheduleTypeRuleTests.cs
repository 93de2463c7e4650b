using FluentAssertions;
using TaskRunner.Cli;
using TaskRunner.Tests.Support;
using Xunit;

namespace TaskRunner.Tests.Cli;

/// <summary>The verb <c>schedule</c> of a program that maps the task.</summary>
[Collection(PostgresFixture.Name)]
public sealed class ScheduleTypeRuleTests(RedisFixture redis, PostgresFixture postgres) : IClassFixture<RedisFixture>
{
    [Fact]
    public async Task Schedule_follows_the_type_of_its_task_and_run_keeps_to_its_rules()
    {
        var database = (await postgres.CreateMigratedAsync()).Database;
        var environment = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["TASKRUNNER_BROKER_URL"] = redis.Url,
            ["TASKRUNNER_DATABASE_URL"] = postgres.Server.Url(database),
        };

        var added = await RunAsync(environment, "schedule", "add", "s", "--cron", "0 0 1 1 *", "--task", "stock.count");
        var first = await RunAsync(environment, "schedule", "run", "s");
        var second = await RunAsync(environment, "schedule", "run", "s");

        added.Code.Should().Be(0);
        added.Output.Should().Contain("on queue stock with priority 7");
        first.Code.Should().Be(0);
        second.Code.Should().Be(ExitCode.Refused);
        second.Error.Should().MatchRegex("^Another task holds the unique key 'stock.count:[0-9a-f]+' of queue 'stock'; nothing was enqueued.");
    }

    private static async Task<(int Code, string Output, string Error)> RunAsync(Dictionary<string, string> environment, params string[] arguments)
    {
        var app = TaskRunnerApp.Create(arguments);
        app.MapTask<int>("stock.count", (_, _, _) => Task.CompletedTask).Queue("stock").Priority(7).Unique();
        await using var output = new StringWriter();
        await using var error = new StringWriter();
        var context = new VerbContext(app.Registry, app.Services) { Output = output, Error = error, Environment = name => environment.GetValueOrDefault(name) };
        return (await app.RunAsync(context), output.ToString(), error.ToString());
    }
}
