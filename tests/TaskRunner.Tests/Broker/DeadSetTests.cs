using System.Text.Json;
using FluentAssertions;
using TaskRunner.Broker;
using TaskRunner.Tests.Support;
using Xunit;

namespace TaskRunner.Tests.Broker;

/// <summary>dead_retry.lua, dead_purge.lua, dead_trim.lua, and the bounds that bury.lua and retry.lua keep.</summary>
public abstract class DeadSetTests(RedisFixture redis)
{
    [Fact]
    public async Task Dead_tasks_are_found_by_task_reason_and_text_of_their_error()
    {
        await using var harness = await BrokerHarness.OpenAsync(redis.Url);
        await BuryAsync(harness, "mail.send", "failed", "SmtpException: no route");
        await BuryAsync(harness, "mail.send", "crash-loop", "killed");
        await BuryAsync(harness, "sms.send", "failed", "No Route to host");

        (await FindAsync(harness, new DeadFilter())).Should().HaveCount(3);
        (await FindAsync(harness, new DeadFilter { Task = "mail.send", Reason = "failed" })).Should().ContainSingle().Which.Error.Should().Be("SmtpException: no route");
        (await FindAsync(harness, new DeadFilter { Text = "no route" })).Should().HaveCount(2);
        (await FindAsync(harness, new DeadFilter { OlderThan = TimeSpan.FromHours(1) })).Should().BeEmpty();
        (await FindAsync(harness, new DeadFilter { NewerThan = TimeSpan.FromHours(1) })).Should().HaveCount(3);
    }

    [Fact]
    public async Task Retried_task_has_all_its_attempts_before_it_and_its_old_id()
    {
        await using var harness = await BrokerHarness.OpenAsync(redis.Url);
        var dead = await BuryAsync(harness, "mail.send", "failed", "boom", attempt: 3);
        await BuryAsync(harness, "other", "failed", "boom");

        (await harness.Broker.RetryDeadAsync(new DeadFilter { Ids = [dead.ToString("N")] }, null, default)).Should().Be(1);
        (await harness.Broker.RetryDeadAsync(new DeadFilter { Ids = [dead.ToString("N")] }, null, default)).Should().Be(0);

        var held = (await harness.StepAsync("w1", 5)).Messages.Should().ContainSingle().Subject;
        Envelope.Read(held.Bytes, "default").Should().BeEquivalentTo(new { Id = dead, Attempt = 0, Redeliveries = 0, Task = "mail.send" });
        (await FindAsync(harness, new DeadFilter())).Should().ContainSingle().Which.Task.Should().Be("other");
    }

    [Fact]
    public async Task Purge_by_filter_leaves_the_others_and_the_size_follows()
    {
        await using var harness = await BrokerHarness.OpenAsync(redis.Url);
        await BuryManyAsync(harness, 600, i => i % 3 == 0 ? "keep" : "drop");

        (await harness.Broker.PurgeDeadAsync(new DeadFilter { Task = "drop" }, null, default)).Should().Be(400);

        (await FindAsync(harness, new DeadFilter())).Should().HaveCount(200).And.OnlyContain(t => t.Task == "keep");
        (await harness.Broker.PurgeDeadAsync(new DeadFilter(), null, default)).Should().Be(200);
        (await harness.Client.ExecuteAsync(TaskRunner.Redis.RedisCommand.Create("GET", harness.Queue.DeadSize), default)).AsString().Should().Be("0");
    }

    [Fact]
    public async Task Retry_that_is_interrupted_loses_nothing_and_goes_on()
    {
        await using var harness = await BrokerHarness.OpenAsync(redis.Url);
        await BuryManyAsync(harness, 1000, static _ => "many");

        using var interruption = new CancellationTokenSource();
        await harness.Broker.Invoking(broker => broker.RetryDeadAsync(new DeadFilter(), _ => interruption.Cancel(), interruption.Token)).Should().ThrowAsync<OperationCanceledException>();
        var half = await harness.Broker.StatusAsync("default", default);
        half.Waiting.Should().BeInRange(1, 999);
        (half.Waiting + half.Dead).Should().Be(1000);

        await harness.Broker.RetryDeadAsync(new DeadFilter(), null, default);

        (await harness.Broker.StatusAsync("default", default)).Should().BeEquivalentTo(new { Waiting = 1000L, Dead = 0L });
    }

    [Fact]
    public async Task Dead_set_keeps_to_its_bytes()
    {
        await using var harness = await BrokerHarness.OpenAsync(redis.Url, o => o with { MaxDeadBytes = 1500 });
        Guid last = default;
        for (var i = 0; i < 20; i++)
        {
            last = await BuryAsync(harness, "big", "failed", new string('x', 200));
        }

        var kept = await FindAsync(harness, new DeadFilter());
        kept.Should().HaveCountLessThan(6).And.NotBeEmpty();
        kept[^1].Id.Should().Be(last.ToString("N"));
        kept.Sum(task => task.Bytes).Should().BeLessThan(1500);
    }

    [Fact]
    public async Task Dead_tasks_go_when_their_time_is_over()
    {
        await using var harness = await BrokerHarness.OpenAsync(redis.Url, o => o with { MaxDeadAge = TimeSpan.FromMilliseconds(300) });
        await BuryAsync(harness, "old", "failed", "boom");
        (await FindAsync(harness, new DeadFilter())).Should().ContainSingle();

        await Eventually.TrueAsync(async () => await harness.Broker.TrimDeadAsync("default", default) == 1);

        (await FindAsync(harness, new DeadFilter())).Should().BeEmpty();
    }

    [Fact]
    public async Task Retries_over_their_budget_are_dead_with_their_reason_for_the_whole_cluster()
    {
        await using var harness = await BrokerHarness.OpenAsync(redis.Url, o => o with { RetryBudget = 20 });
        harness.TakeLease(redis.Url, "w1");
        harness.TakeLease(redis.Url, "w2");
        await harness.Broker.CountAttemptsAsync("default", 100, default);

        for (var i = 0; i < 25; i++)
        {
            await harness.EnqueueAsync();
            var worker = i % 2 == 0 ? "w1" : "w2";
            var held = (await harness.StepAsync(worker, 1)).Messages[0];
            var over = new Bury(held.Id, "default", held.Bytes, Reason("retry-budget", "boom"), "dead"u8.ToArray());
            await harness.StepAsync(worker, 0, new Retry(held.Id, "default", held.Bytes, TimeSpan.FromMinutes(1), "again"u8.ToArray(), over));
        }

        (await harness.Broker.StatusAsync("default", default)).Should().BeEquivalentTo(new { Delayed = 20L, Dead = 5L, Running = 0L });
        (await FindAsync(harness, new DeadFilter { Reason = "retry-budget" })).Should().HaveCount(5);
        var results = (await harness.ListAsync(harness.Queue.Results("w1"))).Concat(await harness.ListAsync(harness.Queue.Results("w2"))).ToList();
        results.Count(r => r == "again").Should().Be(20);
        results.Count(r => r == "dead").Should().Be(5);
    }

    [Fact]
    public async Task First_retries_of_a_window_are_within_any_budget()
    {
        await using var harness = await BrokerHarness.OpenAsync(redis.Url, o => o with { RetryBudget = 1 });
        harness.TakeLease(redis.Url, "w1");
        for (var i = 0; i < BrokerOptions.RetriesAlwaysAllowed + 1; i++)
        {
            await harness.EnqueueAsync();
            var held = (await harness.StepAsync("w1", 1)).Messages[0];
            await harness.StepAsync("w1", 0, new Retry(held.Id, "default", held.Bytes, TimeSpan.FromMinutes(1), [], new Bury(held.Id, "default", held.Bytes, Reason("retry-budget", "boom"), [])));
        }

        (await harness.Broker.StatusAsync("default", default)).Should().BeEquivalentTo(new { Delayed = (long)BrokerOptions.RetriesAlwaysAllowed, Dead = 1L });
    }

    private static byte[] Reason(string reason, string error) => JsonSerializer.SerializeToUtf8Bytes(new DeadReason(reason, error), BrokerJson.Default.DeadReason);

    private static async Task<List<DeadTask>> FindAsync(BrokerHarness harness, DeadFilter filter)
    {
        var found = new List<DeadTask>();
        await foreach (var task in harness.Broker.DeadAsync(filter, default))
        {
            found.Add(task);
        }

        return found;
    }

    private async Task BuryManyAsync(BrokerHarness harness, int count, Func<int, string> task)
    {
        harness.TakeLease(redis.Url, "w1", TimeSpan.FromMinutes(5));
        await harness.Broker.EnqueueAsync([.. Enumerable.Range(0, count).Select(i => new EnqueueRequest(BrokerHarness.Message(task(i))))], default);
        var held = (await harness.StepAsync("w1", count)).Messages;
        held.Should().HaveCount(count);
        await harness.StepAsync("w1", 0, [.. held.Select(h => new Bury(h.Id, "default", h.Bytes, Reason("failed", "boom"), []))]);
    }

    private async Task<Guid> BuryAsync(BrokerHarness harness, string task, string reason, string error, int attempt = 0)
    {
        if (await harness.NumberAsync("ZCARD", harness.Queue.Leases) == 0)
        {
            harness.TakeLease(redis.Url, "w1", TimeSpan.FromMinutes(5));
        }

        var sent = await harness.EnqueueAsync(BrokerHarness.Message(task) with { Attempt = attempt });
        var held = (await harness.StepAsync("w1", 1)).Messages[0];
        await harness.StepAsync("w1", 0, new Bury(held.Id, "default", held.Bytes, Reason(reason, error), []));
        return sent.Id;
    }
}
