using FluentAssertions;
using TaskRunner.Beat;
using TaskRunner.Broker;
using TaskRunner.Tests.Support;
using Xunit;

namespace TaskRunner.Tests.Beat;

/// <summary>The rules that a task type has in the program, applied to ticks as <c>enqueue</c> applies them.</summary>
[Collection(PostgresFixture.Name)]
public sealed class TickTypeRuleTests(PostgresFixture fixture)
{

    [Fact]
    public async Task Task_of_a_tick_has_the_rules_of_its_type()
    {
        await using var bench = await BeatBench.OpenAsync(fixture);
        await bench.AddAsync("s", "cron = '@yearly'", "arguments = '{\"metal\": \"gold\"}'");
        var beat = Create(bench, task => task.Expires(TimeSpan.FromMinutes(10)).Unique(UniqueUntil.Start, upTo: TimeSpan.FromHours(2)).Concurrency(3, arguments => $"n{arguments.Length}"));

        await bench.TickAsync(beat);

        var request = bench.Broker.Accepted.Should().ContainSingle().Subject;
        request.Expires.Should().BeCloseTo(TimeSpan.FromMinutes(10), TimeSpan.FromSeconds(30));
        request.Should().BeEquivalentTo(new { OnConflict = UniqueConflict.Reject, UniqueFor = TimeSpan.FromHours(2) });
        request.Message.Rules.Should().BeEquivalentTo(new { UniqueUntil = UniqueUntil.Start, ConcurrencyKey = "n17", ConcurrencyLimit = 3 });
        request.Message.Rules!.UniqueKey.Should().StartWith("debug.echo:");
    }

    [Fact]
    public async Task Unique_type_skips_a_tick_while_another_task_holds_its_key_and_says_so()
    {
        await using var bench = await BeatBench.OpenAsync(fixture);
        await bench.AddAsync("s", "cron = '@yearly'");
        var beat = Create(bench, task => task.Unique());

        await bench.TickAsync(beat);
        await bench.TickAsync(beat);

        (await bench.ExecuteAsync(BeatBench.Ticks)).Should().Be("sent; skipped another task held the unique key of its type");
    }

    [Fact]
    public async Task Type_that_replaces_is_replaced_by_the_later_tick_and_never_by_one_that_was_lost()
    {
        await using var bench = await BeatBench.OpenAsync(fixture);
        await bench.AddAsync("s", "cron = '@yearly'");
        var beat = Create(bench, task => task.Unique(onConflict: UniqueConflict.Replace));
        await bench.TickAsync(beat);
        bench.Broker.Forget();
        await bench.TickAsync(beat);

        await bench.ExecuteAsync("UPDATE taskrunner.ticks SET check_at = now()");
        await Create(bench, task => task.Unique(onConflict: UniqueConflict.Replace)).RunOnceAsync(CancellationToken.None);

        bench.Broker.Accepted.Should().HaveCount(2);
        (await bench.ExecuteAsync(BeatBench.Ticks)).Should().Be("skipped a later task took its place; sent");
    }

    [Fact]
    public async Task What_the_schedule_says_goes_before_what_the_type_says()
    {
        await using var bench = await BeatBench.OpenAsync(fixture);
        await bench.AddAsync("s", "cron = '@yearly'", "overlap = 'skip', expires_ms = 60000");
        var beat = Create(bench, task => task.Unique(onConflict: UniqueConflict.Replace).Expires(TimeSpan.FromHours(1)));

        await bench.TickAsync(beat);
        await bench.TickAsync(beat);

        bench.Broker.Accepted.Should().ContainSingle().Which.Expires.Should().BeLessThanOrEqualTo(TimeSpan.FromMinutes(1));
        bench.Broker.Accepted[0].Message.Rules!.UniqueKey.Should().StartWith("schedule ");
        (await bench.ExecuteAsync(BeatBench.Ticks)).Should().Be("sent; skipped the task of an earlier tick had not finished");
    }

    private static BeatService Create(BeatBench bench, Action<TaskBuilder> rules)
    {
        var app = TaskRunnerApp.Create([]);
        rules(app.MapTask<int>("debug.echo", (_, _, _) => Task.CompletedTask));
        return bench.Create(new BeatOptions { Name = "beat-1", Registry = app.Registry });
    }
}
