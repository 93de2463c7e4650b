using FluentAssertions;
using TaskRunner.Broker;
using TaskRunner.Tests.Support;
using Xunit;

namespace TaskRunner.Tests.Beat;

/// <summary>The broker took the task of a tick, nobody heard or noted its answer, and then the schedule is not what it was.</summary>
[Collection(BeatPostgres.Name)]
public sealed class TickDoubtTests(PostgresFixture fixture)
{
    private const string Expire = "UPDATE taskrunner.schedules SET expires_ms = 1";

    private const string Remove = "DELETE FROM taskrunner.schedules";

    private const string Spoil = "ALTER TABLE taskrunner.schedules DROP CONSTRAINT IF EXISTS schedules_priority_check; UPDATE taskrunner.schedules SET priority = 77";

    [Theory]
    [InlineData(Expire)]
    [InlineData(Remove)]
    [InlineData(Spoil)]
    public async Task Tick_whose_task_the_broker_took_without_an_answer_says_so_whatever_became_of_its_schedule(string then)
    {
        await using var bench = await WithoutAnswerAsync(accepted: true);

        await bench.ExecuteAsync(then);
        await bench.LookAsync(bench.Create("beat-2"));

        bench.Broker.Accepted.Should().ContainSingle();
        (await bench.ExecuteAsync(BeatBench.Ticks)).Should().Be("sent");
    }

    [Theory]
    [InlineData(Expire, "skipped expired before it could be enqueued")]
    [InlineData(Remove, "skipped the schedule was removed")]
    public async Task Tick_whose_task_the_broker_never_had_is_over(string then, string expected)
    {
        await using var bench = await WithoutAnswerAsync(accepted: false);

        await bench.ExecuteAsync(then);
        await bench.LookAsync(bench.Create("beat-2"));

        bench.Broker.Accepted.Should().BeEmpty();
        (await bench.ExecuteAsync(BeatBench.Ticks)).Should().Be(expected);
    }

    [Fact]
    public async Task Tick_is_asked_for_in_one_queue_only_when_its_schedule_moves_to_another_before_the_answer()
    {
        await using var bench = await WithoutAnswerAsync(accepted: true);

        await bench.ExecuteAsync("UPDATE taskrunner.schedules SET queue = 'other'");
        await bench.LookAsync(bench.Create("beat-2"));

        bench.Broker.Accepted.Should().ContainSingle();
        (await bench.ExecuteAsync(BeatBench.Ticks)).Should().Be("sent");
    }

    [Fact]
    public async Task Tick_that_was_sent_is_looked_for_in_its_own_queue_when_its_schedule_moves_to_another()
    {
        await using var bench = await BeatBench.OpenAsync(fixture);
        await bench.AddAsync("s", "cron = '@yearly'", "queue = 'one'");
        var beat = bench.Create();
        await bench.TickAsync(beat);

        await bench.ExecuteAsync("UPDATE taskrunner.schedules SET queue = 'other'");
        await bench.LookAsync(bench.Create("beat-2"));
        await bench.TickAsync(beat);

        bench.Broker.Accepted.Select(request => request.Message.Queue).Should().Equal("one", "other");
        (await bench.ExecuteAsync(BeatBench.Ticks)).Should().Be("sent; sent");
    }

    [Fact]
    public async Task Tick_by_hand_keeps_the_queue_in_which_it_was_asked_for()
    {
        await using var bench = await BeatBench.OpenAsync(fixture);
        await bench.AddAsync("s", "cron = '@yearly'", "queue = 'one'");
        await bench.ExecuteAsync("INSERT INTO taskrunner.ticks (schedule_id, nominal) SELECT id, now() FROM taskrunner.schedules");
        bench.Broker.After = () => throw new BrokerUnavailableException("no answer", outcomeUnknown: true);
        await FailAsync(() => bench.Create().RunOnceAsync(CancellationToken.None));
        bench.Broker.After = () => Task.CompletedTask;

        await bench.ExecuteAsync("UPDATE taskrunner.schedules SET queue = 'other'");
        await bench.LookAsync(bench.Create("beat-2"));

        bench.Broker.Accepted.Should().ContainSingle().Which.Message.Queue.Should().Be("one");
        (await bench.ExecuteAsync(BeatBench.Ticks)).Should().Be("sent");
    }

    /// <summary>One tick, of which its beat does not know what became.</summary>
    private async Task<BeatBench> WithoutAnswerAsync(bool accepted)
    {
        var bench = await BeatBench.OpenAsync(fixture);
        await bench.AddAsync("s", "cron = '@yearly'");
        if (accepted)
        {
            bench.Broker.After = () => throw new BrokerUnavailableException("no answer", outcomeUnknown: true);
        }
        else
        {
            bench.Broker.Before = _ => throw new BrokerUnavailableException("away");
        }

        await FailAsync(() => bench.TickAsync(bench.Create()));
        (bench.Broker.Before, bench.Broker.After) = (_ => { }, () => Task.CompletedTask);
        (await bench.ExecuteAsync(BeatBench.Ticks)).Should().Be("pending");
        return bench;
    }

    private static async Task FailAsync(Func<Task> act) => await act.Should().ThrowAsync<BrokerUnavailableException>();
}
