using System.Diagnostics;
using FluentAssertions;
using TaskRunner.Broker;
using TaskRunner.FaultTests.Support;
using TaskRunner.Redis;
using TaskRunner.Tests.Support;
using Xunit;

namespace TaskRunner.FaultTests.Outage;

/// <summary>What a worker does when its server is away or says no. It is never restarted in these tests.</summary>
public sealed class OutageTests
{
    [Fact]
    public async Task Worker_goes_on_after_a_restart_of_Redis_and_no_task_is_lost()
    {
        await using var server = await RedisServer.StartAsync(new RedisServerOptions { AppendOnly = true });
        await using var bench = await Bench.StartAsync(server.Url);
        var held = BrokerHarness.Message("wait");
        await bench.EnqueueAsync(held);
        await Eventually.TrueAsync(() => bench.Started.ContainsKey(held.Id));
        await server.KillAsync();
        await server.LaunchAgainAsync();

        (await bench.RunsOneAsync()).Should().BeLessThan(Bench.Resume);

        bench.Released.TrySetResult();
        await Eventually.TrueAsync(() => bench.Ran.ContainsKey(held.Id));
        await UntilNothingIsHeldAsync(bench);
    }

    [Fact]
    public async Task Worker_goes_on_after_CLIENT_PAUSE()
    {
        await using var server = await RedisServer.StartAsync();
        await using var bench = await Bench.StartAsync(server.Url);
        await AskAsync(bench, "CLIENT", "PAUSE", 3000, "ALL");
        var paused = Stopwatch.GetTimestamp();

        await bench.RunsOneAsync();

        Stopwatch.GetElapsedTime(paused).Should().BeLessThan(TimeSpan.FromSeconds(3) + Bench.Resume);
    }

    [Fact]
    public async Task Worker_goes_on_after_SCRIPT_FLUSH()
    {
        await using var server = await RedisServer.StartAsync();
        await using var bench = await Bench.StartAsync(server.Url);
        await AskAsync(bench, "SCRIPT", "FLUSH");

        (await bench.RunsOneAsync()).Should().BeLessThan(Bench.Resume);
    }

    [Fact]
    public async Task Worker_goes_on_when_a_server_that_became_a_replica_is_a_master_again()
    {
        await using var server = await RedisServer.StartAsync();
        await using var bench = await Bench.StartAsync(server.Url);
        await AskAsync(bench, "REPLICAOF", "127.0.0.1", FreePort.Next());
        await Eventually.TrueAsync(() => !bench.Worker.Engine.Broker.IsConnected, within: TimeSpan.FromSeconds(15));
        using var admin = Admin(server.Url);
        admin.Send("REPLICAOF NO ONE");

        (await bench.RunsOneAsync()).Should().BeLessThan(Bench.Resume);
    }

    [Fact]
    public async Task Worker_goes_on_when_a_server_has_loaded_its_data()
    {
        await using var server = await RedisServer.StartAsync(new RedisServerOptions { Configuration = ["key-load-delay 30000", "loading-process-events-interval-bytes 1024"] });
        await using var bench = await Bench.StartAsync(server.Url);
        await AskAsync(bench, "MSET", [.. Enumerable.Range(0, 100).SelectMany(i => new RedisArgument[] { $"filler:{i}", new string('x', 200) })]);
        await AskAsync(bench, "SAVE");
        await server.KillAsync();
        var loading = server.LaunchAgainAsync();
        await Eventually.TrueAsync(() => IsLoading(server.Url));
        await loading;

        (await bench.RunsOneAsync()).Should().BeLessThan(Bench.Resume);
    }

    [Fact]
    public async Task Worker_goes_on_when_a_password_that_it_does_not_have_is_no_longer_asked_for()
    {
        await using var server = await RedisServer.StartAsync();
        await using var bench = await Bench.StartAsync(server.Url);
        await AskAsync(bench, "CONFIG", "SET", "requirepass", "secret");
        using var admin = Admin(server.Url);
        admin.Send("AUTH secret", "CLIENT KILL TYPE normal SKIPME yes");
        await Eventually.TrueAsync(() => !bench.Worker.Engine.Broker.IsConnected);
        admin.Send("CONFIG SET requirepass \"\"");

        (await bench.RunsOneAsync()).Should().BeLessThan(Bench.Resume);
    }

    [Fact]
    public async Task Worker_goes_on_when_a_cluster_serves_its_slots_again()
    {
        await using var server = await RedisServer.StartAsync(new RedisServerOptions { Configuration = ["cluster-enabled yes"] });
        using var admin = Admin(server.Url);
        admin.Send("CLUSTER ADDSLOTSRANGE 0 16383");
        await Eventually.TrueAsync(() => admin.Send("CLUSTER INFO").Contains("cluster_state:ok", StringComparison.Ordinal));
        await using var bench = await Bench.StartAsync(server.Url);
        admin.Send("CLUSTER DELSLOTSRANGE 0 16383");
        await Eventually.TrueAsync(() => !bench.Worker.Engine.Broker.IsConnected || bench.Logger.Entries.Any(entry => entry.Message.Contains("CLUSTERDOWN")));
        admin.Send("CLUSTER ADDSLOTSRANGE 0 16383");
        await Eventually.TrueAsync(() => admin.Send("CLUSTER INFO").Contains("cluster_state:ok", StringComparison.Ordinal));

        (await bench.RunsOneAsync()).Should().BeLessThan(Bench.Resume);
    }

    [Fact]
    public async Task Worker_notices_within_five_seconds_that_its_server_vanished_without_a_word()
    {
        await using var server = await RedisServer.StartAsync();
        await using var proxy = TcpProxy.To(server.Port);
        await using var bench = await Bench.StartAsync(server.Url, proxy.Url);
        var times = new List<TimeSpan>();

        // A busy machine adds seconds of its own: the best of three shows what is the worker's.
        do
        {
            proxy.FallSilent();
            times.Add(await bench.RunsOneAsync());
        }
        while (times[^1] >= Bench.Resume && times.Count < 3);

        times.Min().Should().BeLessThan(Bench.Resume);
    }

    [Fact]
    public async Task Full_memory_refuses_new_tasks_and_loses_none_and_workers_go_on_and_start()
    {
        await using var server = await RedisServer.StartAsync();
        await using var bench = await Bench.StartAsync(server.Url);
        var accepted = new List<TaskMessage>();
        for (var i = 0; i < 10; i++)
        {
            accepted.Add(BrokerHarness.Message("wait"));
            await bench.EnqueueAsync(accepted[^1]);
        }

        await Eventually.TrueAsync(() => bench.Started.Count == 4);
        await AskAsync(bench, "CONFIG", "SET", "maxmemory", 1);
        var refused = BrokerHarness.Message("mark");

        var enqueue = () => bench.Harness.EnqueueAsync(refused);

        (await enqueue.Should().ThrowAsync<BrokerUnavailableException>()).Which.Should().Match<BrokerUnavailableException>(e => !e.OutcomeUnknown && e.Message.Contains("maxmemory"));
        await using var other = bench.StartAnother(server.Url);
        await other.UntilStartedAsync();
        await Eventually.TrueAsync(() => bench.Started.Count == 8);
        bench.Harness.Lease(server.Url).Renew(bench.Worker.Name).Held.Should().BeTrue("a lease is renewed although memory is full");
        bench.Released.TrySetResult();
        await Eventually.TrueAsync(() => accepted.All(message => bench.Ran.ContainsKey(message.Id)));
        await UntilNothingIsHeldAsync(bench);
        bench.Ran.Should().NotContainKey(refused.Id);
        await AskAsync(bench, "CONFIG", "SET", "maxmemory", 0);
        await bench.RunsOneAsync();
    }

    private static Task<QueueStatus> UntilNothingIsHeldAsync(Bench bench) => Eventually.ReturnsAsync(
        () => bench.Harness.Broker.StatusAsync("default", default), status => status is { Waiting: 0, Running: 0, Delayed: 0, Dead: 0 }, what: "every task is settled");

    private static async Task AskAsync(Bench bench, string command, params RedisArgument[] arguments) =>
        await bench.Harness.Client.ExecuteAsync(RedisCommand.Create(command, arguments), default);

    private static bool IsLoading(string url)
    {
        try
        {
            using var admin = Admin(url);
            return admin.Send("PING").StartsWith("-LOADING", StringComparison.Ordinal);
        }
        catch (System.Net.Sockets.SocketException)
        {
            return false;
        }
    }

    private static RedisAdmin Admin(string url) => new(url);
}
