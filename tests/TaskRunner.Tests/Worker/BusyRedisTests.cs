using System.Collections.Concurrent;
using System.Text.Json;
using FluentAssertions;
using TaskRunner.Broker;
using TaskRunner.Redis;
using TaskRunner.Results;
using TaskRunner.Tests.Redis;
using TaskRunner.Tests.Support;
using Xunit;

namespace TaskRunner.Tests.Worker;

/// <summary>Somebody else's script on the same server, which answers BUSY to everybody until it ends.</summary>
public sealed class BusyRedisTests(RedisFixture redis) : IClassFixture<RedisFixture>
{
    [Fact]
    public async Task Script_of_somebody_else_that_runs_for_seconds_delays_tasks_and_neither_loses_nor_doubles_one()
    {
        await using var harness = await BrokerHarness.OpenAsync(redis.Url);
        await using var stranger = Clients.For(redis.Url);
        await using var onlooker = Clients.For(redis.Url);
        await using var rescuer = Clients.For(redis.Url);
        await rescuer.ExecuteAsync(RedisCommand.Create("CONFIG", "SET", "lua-time-limit", 1), CancellationToken.None);
        var results = new MemoryResultStore();
        var runs = new ConcurrentDictionary<Guid, int>();
        var app = TaskRunnerApp.Create([]);
        app.MapTask("short", async (JsonElement _, TaskContext context, CancellationToken stopping) =>
        {
            runs.AddOrUpdate(context.Id, 1, (_, n) => n + 1);
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, stopping);
        }).Retry(0);
        var ids = new List<Guid>();
        for (var i = 0; i < 400; i++)
        {
            ids.Add((await harness.EnqueueAsync(BrokerHarness.Message("short"))).Id);
        }

        await using var worker = TestWorker.Start(app, redis.Url, harness, results: results);
        await Eventually.TrueAsync(() => results.All.Count >= 20);
        var foreign = stranger.ExecuteAsync(RedisCommand.Create("EVAL", "while true do end", 0), CancellationToken.None);
        await Eventually.TrueAsync(async () => await IsBusyAsync());
        var enqueue = () => harness.EnqueueAsync(BrokerHarness.Message("short"));
        await enqueue.Should().ThrowAsync<BrokerUnavailableException>("a producer is to try again, as in an outage");
        await Task.Delay(TimeSpan.FromSeconds(2), TimeProvider.System);
        await rescuer.ExecuteAsync(RedisCommand.Create("SCRIPT", "KILL"), CancellationToken.None);

        foreach (var id in ids)
        {
            (await results.FinalAsync(id)).State.Should().Be(TaskState.Succeeded);
        }

        runs.Should().OnlyContain(run => run.Value == 1);
        await foreign.ContinueWith(_ => { }, TaskScheduler.Default);

        async Task<bool> IsBusyAsync()
        {
            try
            {
                await onlooker.ExecuteAsync(RedisCommand.Create("GET", "x"), CancellationToken.None);
                return false;
            }
            catch (Exception e) when (e is RedisServerException or RedisUnavailableException)
            {
                return true;
            }
        }
    }
}
