using System.Text.Json;
using FluentAssertions;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using TaskRunner.Flows;
using TaskRunner.Results;
using TaskRunner.Tests.Support;
using Xunit;

namespace TaskRunner.Tests.Client;

[Collection(PostgresFixture.Name)]
public sealed class AwaitResultTests(RedisFixture redis, PostgresFixture postgres) : IClassFixture<RedisFixture>
{
    [Fact]
    public async Task Producer_awaits_what_a_task_returned_or_why_it_failed()
    {
        var variables = ProgramVariables.Of(redis, await postgres.CreateMigratedAsync());
        await using var worker = await new StockProgram(variables).StartAsync("worker");
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(variables.Select(v => KeyValuePair.Create(v.Name, (string?)v.Value))).Build();
        await using var services = new ServiceCollection().AddSingleton<IConfiguration>(configuration).AddTaskRunnerClient().BuildServiceProvider();
        var client = services.GetRequiredService<TaskClient>();

        var echo = await client.EnqueueAsync("debug.echo", new Point(3, 4));
        var failing = await client.EnqueueAsync("debug.fail", new { message = "boom" });

        (await client.WaitForOutputAsync<Point>(echo.Id, TimeSpan.FromSeconds(20))).Should().Be(new Point(3, 4));
        var fail = () => client.WaitForOutputAsync<Point>(failing.Id, TimeSpan.FromSeconds(20));
        (await fail.Should().ThrowAsync<TaskFailedException>().WithMessage("*debug.fail*boom*")).Which.Result.State.Should().Be(TaskState.Dead);
        (await client.WaitForResultAsync(Guid.NewGuid(), TimeSpan.Zero)).Should().BeNull();
    }

    [Fact]
    public async Task Producer_awaits_a_result_that_the_broker_keeps_without_a_database()
    {
        var variables = ProgramVariables.Of(redis);
        await using var worker = await new StockProgram(variables).StartAsync("worker");
        await using var client = TaskClient.Create(new TaskClientOptions { BrokerUrl = redis.Url, Namespace = variables[1].Value });

        var task = await client.EnqueueAsync("debug.echo", new Point(3, 4), new EnqueueOptions { KeepResult = TimeSpan.FromMinutes(1) });

        (await client.WaitForOutputAsync<Point>(task.Id, TimeSpan.FromSeconds(20))).Should().Be(new Point(3, 4));
        var tooLong = () => client.EnqueueAsync("debug.echo", 1, new EnqueueOptions { KeepResult = TimeSpan.FromDays(8) });
        await tooLong.Should().ThrowAsync<ArgumentException>().WithMessage("The time to keep the result is 8.00:00:00: it goes from zero to 7 days.*");
    }

    [Fact]
    public async Task Producer_starts_a_flow_and_awaits_its_last_task()
    {
        var variables = ProgramVariables.Of(redis);
        await using var worker = await new StockProgram(variables).StartAsync("worker");
        await using var client = TaskClient.Create(new TaskClientOptions { BrokerUrl = redis.Url, Namespace = variables[1].Value });
        var flow = Flow.Chain(new Step("debug.echo", JsonElement.Parse("""{"x":3,"y":4}""")), new Step("debug.echo") { KeepResult = TimeSpan.FromMinutes(1) });
        var id = Guid.NewGuid();

        var started = await client.StartAsync(flow, id);
        var again = await client.StartAsync(flow, id);

        (await client.WaitForOutputAsync<Point>(started.LastId, TimeSpan.FromSeconds(20))).Should().Be(new Point(3, 4));
        again.LastId.Should().Be(started.LastId);
    }

    private sealed record Point(int X, int Y);
}
