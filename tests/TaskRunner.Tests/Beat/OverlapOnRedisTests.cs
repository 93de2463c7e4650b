using FluentAssertions;
using TaskRunner.Beat;
using TaskRunner.Broker;
using TaskRunner.Redis;
using TaskRunner.Tests.Support;
using Xunit;

namespace TaskRunner.Tests.Beat;

/// <summary>Ticks on a real Redis, with a worker that holds their tasks.</summary>
[Collection(BeatPostgres.Name)]
public sealed class OverlapOnRedisTests(PostgresFixture postgres, RedisFixture redis) : IClassFixture<RedisFixture>
{
    private const string Worker = "worker-1";
    private const string Ticks = "SELECT string_agg(state, ' ' ORDER BY nominal) FROM taskrunner.ticks";

    [Fact]
    public async Task Tick_is_skipped_while_the_task_of_the_one_before_runs_and_not_when_it_is_done()
    {
        await using var bench = await BenchAsync("skip");

        await bench.TickAsync();
        var running = await bench.FetchAsync();
        await bench.TickAsync();
        await bench.EndAsync(running.Should().ContainSingle().Subject);
        await bench.TickAsync();

        (await bench.ExecuteAsync(Ticks)).Should().Be("sent skipped sent");
        (await bench.FetchAsync()).Should().ContainSingle().Which.Id.Should().NotBe(running[0].Id);
    }

    [Fact]
    public async Task One_tick_is_buffered_while_the_task_of_the_one_before_runs_and_enqueued_when_it_is_done()
    {
        await using var bench = await BenchAsync("buffer");

        await bench.TickAsync();
        var running = await bench.FetchAsync();
        await bench.TickAsync();
        await bench.TickAsync();
        (await bench.ExecuteAsync(Ticks)).Should().Be("sent buffered skipped");
        (await bench.FetchAsync()).Should().BeEmpty("one of them runs");
        await bench.EndAsync(running[0]);
        await bench.LookAsync();

        (await bench.ExecuteAsync(Ticks)).Should().Be("sent sent skipped");
        (await bench.FetchAsync()).Should().ContainSingle();
    }

    [Fact]
    public async Task Tick_cancels_the_task_of_the_one_before_wherever_it_is()
    {
        await using var bench = await BenchAsync("cancel");

        await bench.TickAsync();
        var running = await bench.FetchAsync();
        await bench.TickAsync();
        await bench.TickAsync();

        (await bench.ExecuteAsync(Ticks)).Should().Be("sent sent sent");
        bench.Cancelled().Should().ContainSingle().Which.Should().Be(running[0].Id, "the worker hears that the task which it runs is cancelled");
        var newest = await bench.FetchAsync();
        newest.Should().ContainSingle("the second was cancelled before it ran").Which.Id.Should().Be(await bench.ScalarAsync<string>("SELECT replace(task_id::text, '-', '') FROM taskrunner.ticks ORDER BY nominal DESC LIMIT 1"));
    }

    [Fact]
    public async Task Tick_whose_task_went_with_all_of_Redis_runs_all_the_same_and_has_one_row()
    {
        await using var bench = await BenchAsync("allow");
        await bench.TickAsync();

        await bench.FlushAsync();
        await bench.LookAsync();
        await bench.LookAsync();

        var running = await bench.FetchAsync();
        running.Should().ContainSingle();
        (await bench.ExecuteAsync("SELECT string_agg(concat_ws(' ', state, replace(task_id::text, '-', ''), resent), ';') FROM taskrunner.ticks")).Should().Be($"sent {running[0].Id} 1");
        await bench.EndAsync(running[0]);
        await bench.LookAsync();
        (await bench.FetchAsync()).Should().BeEmpty("a task that is done is not lost");
    }

    private async Task<RedisBeat> BenchAsync(string overlap)
    {
        var beat = new RedisBeat(await BeatBench.OpenAsync(postgres), await BrokerHarness.OpenAsync(redis.Url), redis.Url);
        await beat.StartAsync(overlap);
        return beat;
    }

    /// <summary>One schedule, a beat that ticks when it is told to, and a worker that holds what it fetched until it is told to end it.</summary>
    private sealed class RedisBeat(BeatBench bench, BrokerHarness harness, string url) : IAsyncDisposable
    {
        private readonly WorkerLease lease = harness.Lease(url);
        private BeatService? beat;

        public async Task StartAsync(string overlap)
        {
            await bench.AddAsync("s", "cron = '@yearly'", $"overlap = '{overlap}'");
            lease.Take(new WorkerDescription(Worker, "host", ["default"], 4, TimeProvider.System.GetUtcNow(), "1.0"));
            beat = bench.Create(new BeatOptions { Name = "beat-1", HandOver = TimeSpan.Zero }, harness.Broker);
        }

        public Task<object?> ExecuteAsync(string sql) => bench.ExecuteAsync(sql);

        public Task<T> ScalarAsync<T>(string sql) => bench.ScalarAsync<T>(sql);

        public Task TickAsync() => bench.TickAsync(beat!);

        public Task LookAsync() => bench.LookAsync(beat!);

        public async Task<IReadOnlyList<Held>> FetchAsync() => (await harness.StepAsync(Worker, 10)).Messages;

        public async Task EndAsync(Held task) => await harness.StepAsync(Worker, 0, new Acknowledge(task, []));

        /// <summary>What the worker holds and hears to be cancelled.</summary>
        public IEnumerable<string> Cancelled() => lease.Renew(Worker).Cancelled.Select(task => task.Id);

        /// <summary>Redis loses everything, and the worker takes a new lease.</summary>
        public async Task FlushAsync()
        {
            await harness.Client.ExecuteAsync(RedisCommand.Create("FLUSHALL"), default);
            lease.Take(new WorkerDescription(Worker, "host", ["default"], 4, TimeProvider.System.GetUtcNow(), "1.0"));
        }

        public async ValueTask DisposeAsync()
        {
            lease.Dispose();
            await bench.DisposeAsync();
            await harness.DisposeAsync();
        }
    }
}
