using FluentAssertions;
using TaskRunner.Client;
using TaskRunner.Redis;
using TaskRunner.Tests.Support;
using Xunit;

namespace TaskRunner.Tests.Loops;

/// <summary>An unexpected exception in each background loop of a client, at each of its steps.</summary>
public sealed class ClientLoopTests(RedisFixture redis) : IClassFixture<RedisFixture>
{
    private readonly FailingStep failing = new();

    [Fact]
    public async Task Client_answers_every_caller_and_goes_on_after_an_unexpected_exception_in_any_step_of_any_loop()
    {
        await using var harness = await BrokerHarness.OpenAsync(redis.Url);
        var options = new TaskClientOptions { BrokerUrl = redis.Url, Namespace = harness.Broker.Options.Namespace };
        await using var client = TaskClientFactory.Create(options, null, _ => null, null, TimeProvider.System);
        failing.Watch(client.Loops);
        failing.Once((loop, step) => loop == "redis-commands" && step == "start");
        await Eventually.TrueAsync(async () => (await EnqueueManyAsync(client)).All(e => e is null), TimeSpan.FromSeconds(40));
        failing.Failures("redis-commands").Should().Be(1);
        foreach (var (loop, steps) in LoopTable.Client)
        {
            foreach (var step in steps.Where(step => step != "start"))
            {
                var before = failing.Failures(loop);
                failing.Once((l, s) => l == loop && s == step);
                await Eventually.TrueAsync(
                    async () =>
                    {
                        if (loop == "redis-commands")
                        {
                            await harness.Client.ExecuteAsync(RedisCommand.Create("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes"), default);
                        }

                        await EnqueueManyAsync(client);
                        return failing.Failures(loop) > before;
                    },
                    TimeSpan.FromSeconds(40),
                    $"an exception in {loop}/{step}");
                failing.Never();

                await Eventually.TrueAsync(async () => (await EnqueueManyAsync(client)).All(e => e is null), TimeSpan.FromSeconds(40), $"all are accepted after {loop}/{step} threw");
            }
        }

        failing.Supervisor.All.Select(l => l.Name).Should().BeEquivalentTo(LoopTable.Client.Select(l => l.Loop));
    }

    /// <summary>Fifty callers at once; each must get an answer.</summary>
    private static async Task<Exception?[]> EnqueueManyAsync(TaskClient client) => await Task.WhenAll(Enumerable.Range(0, 50).Select(async i =>
    {
        try
        {
            await client.EnqueueAsync("debug.echo", i).WaitAsync(TimeSpan.FromSeconds(20), TimeProvider.System);
            return null;
        }
        catch (Exception e) when (e is not TimeoutException)
        {
            return e;
        }
    }));
}
