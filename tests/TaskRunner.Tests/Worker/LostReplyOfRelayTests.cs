using System.Text.Json;
using FluentAssertions;
using TaskRunner.Results;
using TaskRunner.Tests.Support;
using Xunit;

namespace TaskRunner.Tests.Worker;

/// <summary>Redis changes the list of results, and the worker never hears of it.</summary>
public sealed class LostReplyOfRelayTests(RedisFixture redis) : IClassFixture<RedisFixture>
{
    [Theory]
    [InlineData("LTRIM", true)]
    [InlineData("LTRIM", false)]
    [InlineData("LSET", true)]
    public async Task Results_that_come_after_a_lost_reply_are_kept_and_written_like_all_others(string command, bool hasDatabase)
    {
        await using var harness = await BrokerHarness.OpenAsync(redis.Url);
        await using var proxy = new ReplyLosingProxy(redis.Server.Port);
        var results = new MemoryResultStore();
        var app = TaskRunnerApp.Create([]);
        app.MapTask("echo", (JsonElement arguments, TaskContext _, CancellationToken _) => Task.FromResult(arguments.ToString()));
        await using var worker = TestWorker.Start(app, proxy.Url, harness, results: hasDatabase ? results : null);
        await worker.UntilStartedAsync();
        proxy.Lose(command);

        for (var number = 0; number < 6; number++)
        {
            var sent = await harness.EnqueueAsync(BrokerHarness.Message("echo", arguments: $"{number}") with { KeepResult = TimeSpan.FromMinutes(10) });

            await Eventually.TrueAsync(async () => (await harness.Broker.KeptResultsAsync([sent.Id], default)).Count == 1);
            if (hasDatabase)
            {
                (await results.FinalAsync(sent.Id)).State.Should().Be(TaskState.Succeeded);
            }
        }

        proxy.Lost.Should().Be(1);
        await Eventually.TrueAsync(async () => await harness.NumberAsync("LLEN", harness.Queue.Results(worker.Name)) == 0);
        worker.Engine.ResultTrouble.Should().BeNull();
    }
}
