using System.Text.Json;
using FluentAssertions;
using Microsoft.Extensions.Logging;
using TaskRunner.Redis;
using TaskRunner.Results;
using TaskRunner.Tests.Support;
using Xunit;

namespace TaskRunner.Tests.Worker;

/// <summary>A worker that starts while a key of its namespace is not what it must be: it serves its queues, and says which key it is.</summary>
public sealed class BrokenRegistryTests(RedisFixture redis) : IClassFixture<RedisFixture>
{
    [Theory]
    [InlineData(":queues", "set")]
    [InlineData(":workers", "hash")]
    [InlineData(":cancelled", "zset")]
    public async Task Worker_serves_its_queues_readiness_and_log_name_the_key_and_it_registers_later(string suffix, string type)
    {
        await using var harness = await BrokerHarness.OpenAsync(redis.Url);
        var key = $"{{tr:{harness.Broker.Options.Namespace}}}{suffix}";
        await harness.Client.ExecuteAsync(RedisCommand.Create("SET", key, "wrong"), default);
        var results = new MemoryResultStore();
        var logger = new CapturingLogger();
        var app = TaskRunnerApp.Create([]);
        app.MapTask("work", (JsonElement _, TaskContext _, CancellationToken _) => Task.CompletedTask);
        await using var worker = TestWorker.Start(app, redis.Url, harness, options => options with { Lease = TimeSpan.FromSeconds(3) }, results: results, logger: logger);

        await worker.UntilStartedAsync();
        var sent = await harness.EnqueueAsync(BrokerHarness.Message("work"));
        (await results.FinalAsync(sent.Id)).State.Should().Be(TaskState.Succeeded);

        worker.Engine.QueueTrouble.Should().Contain(key).And.Contain($"must be a {type}");
        logger.Entries.Should().Contain(entry => entry.Level == LogLevel.Error && entry.Message.Contains(key, StringComparison.Ordinal));
        await harness.Client.ExecuteAsync(RedisCommand.Create("DEL", key), default);
        await Eventually.TrueAsync(() => worker.Engine.QueueTrouble is null);
        (await harness.Broker.WorkersAsync(TimeSpan.FromSeconds(3), default)).Should().ContainSingle().Which.Description.Should().NotBeNull();
        (await harness.Broker.QueuesAsync(default)).Should().Contain("default");
    }
}
