using FluentAssertions;
using TaskRunner.Beat;
using Xunit;

namespace TaskRunner.Tests.Beat;

public sealed class TickPlanTests
{
    private static readonly DateTimeOffset Noon = new(2030, 1, 1, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public void New_schedule_counts_from_when_it_was_made()
    {
        var early = TickPlan.Make(Every(60) with { NextDue = null, Since = Noon.AddSeconds(1) }, Noon.AddSeconds(5));
        var late = TickPlan.Make(Every(60) with { NextDue = null, Since = Noon.AddSeconds(59) }, Noon.AddSeconds(61));

        early.Ticks.Should().BeEmpty();
        early.NextDue.Should().Be(Noon.AddSeconds(60));
        early.Problem.Should().BeNull();
        late.Ticks.Should().Equal(Noon.AddSeconds(60));
        late.NextDue.Should().Be(Noon.AddSeconds(120));
    }

    [Theory]
    [InlineData(CatchUp.Skip)]
    [InlineData(CatchUp.Latest)]
    [InlineData(CatchUp.All)]
    public void Tick_in_time_runs_under_every_policy(CatchUp catchUp)
    {
        var plan = TickPlan.Make(Every(60) with { CatchUp = catchUp }, Noon.AddMilliseconds(20));

        plan.Ticks.Should().Equal(Noon);
        plan.Skipped.Should().BeEmpty();
        plan.MissedCount.Should().Be(0);
        plan.NextDue.Should().Be(Noon.AddSeconds(60));
    }

    [Theory]
    [InlineData(CatchUp.Skip, 1000, 6)]
    [InlineData(CatchUp.Latest, 1000, 6)]
    [InlineData(CatchUp.All, 1000, 6)]
    [InlineData(CatchUp.Latest, 50, 101)]
    public void Hiccup_of_five_seconds_drops_nothing_under_any_policy(CatchUp catchUp, int milliseconds, int ticks)
    {
        var plan = TickPlan.Make(Every(1) with { CatchUp = catchUp, Timing = new ScheduleTiming { Every = TimeSpan.FromMilliseconds(milliseconds) } }, Noon.AddSeconds(5));

        plan.Ticks.Should().HaveCount(ticks).And.BeInAscendingOrder().And.StartWith(Noon);
        plan.Skipped.Should().BeEmpty();
    }

    [Theory]
    [InlineData(4.9, true)]
    [InlineData(5.1, false)]
    public void Policy_skip_drops_a_tick_that_is_more_than_five_seconds_late(double late, bool runs)
    {
        var plan = TickPlan.Make(Every(60) with { CatchUp = CatchUp.Skip }, Noon.AddSeconds(late));

        plan.Ticks.Should().HaveCount(runs ? 1 : 0);
        plan.Skipped.Select(tick => tick.Nominal).Should().Equal(runs ? [] : [Noon]);
        plan.MissedIn.Should().Be(runs ? null : Noon);
        plan.NextDue.Should().Be(Noon.AddSeconds(60));
    }

    [Fact]
    public void Policy_skip_runs_the_newest_tick_when_that_is_in_time()
    {
        var plan = TickPlan.Make(Every(60) with { CatchUp = CatchUp.Skip }, Noon.AddSeconds(602));

        plan.Ticks.Should().Equal(Noon.AddSeconds(600));
        plan.Skipped.Should().HaveCount(10).And.OnlyContain(tick => tick.Reason == TickReason.CatchUpSkip);
    }

    [Fact]
    public void Policy_latest_runs_only_the_newest_missed_tick_and_tells_of_the_others()
    {
        var plan = TickPlan.Make(Every(60) with { CatchUp = CatchUp.Latest }, Noon.AddSeconds(599));

        plan.Ticks.Should().Equal(Noon.AddSeconds(540));
        plan.Skipped.Select(tick => tick.Nominal).Should().Equal(Enumerable.Range(0, 9).Select(n => Noon.AddMinutes(n)));
        plan.Skipped.Should().OnlyContain(tick => tick.Reason == TickReason.CatchUpLatest);
        (plan.MissedCount, plan.MissedSince, plan.MissedIn).Should().Be((9, Noon, Noon.AddSeconds(540)));
        plan.NextDue.Should().Be(Noon.AddSeconds(600));
    }

    [Fact]
    public void Policy_all_runs_up_to_its_limit_in_order()
    {
        var nine = TickPlan.Make(Every(60) with { CatchUp = CatchUp.All }, Noon.AddSeconds(9 * 60));
        var eleven = TickPlan.Make(Every(60) with { CatchUp = CatchUp.All }, Noon.AddSeconds(10 * 60));

        nine.Ticks.Should().Equal(Enumerable.Range(0, 10).Select(n => Noon.AddMinutes(n)));
        nine.Skipped.Should().BeEmpty();
        eleven.Ticks.Should().Equal(Enumerable.Range(1, 10).Select(n => Noon.AddMinutes(n)));
        eleven.Skipped.Should().Equal(new SkippedTick(Noon, TickReason.CatchUpLimit));
        eleven.MissedIn.Should().Be(Noon.AddMinutes(1));
    }

    [Fact]
    public void Policy_all_drops_what_is_older_than_its_window()
    {
        var plan = TickPlan.Make(Every(60) with { CatchUp = CatchUp.All, CatchUpWindow = TimeSpan.FromSeconds(150) }, Noon.AddMinutes(10));

        plan.Ticks.Should().Equal(Noon.AddMinutes(8), Noon.AddMinutes(9), Noon.AddMinutes(10));
        plan.Skipped.Should().HaveCount(8).And.OnlyContain(tick => tick.Reason == TickReason.CatchUpWindow);
    }

    [Fact]
    public void Long_outage_of_a_short_interval_is_counted_up_to_a_thousand_and_writes_few_rows()
    {
        var plan = TickPlan.Make(Every(1) with { CatchUp = CatchUp.Latest }, Noon.AddDays(30));

        plan.Ticks.Should().Equal(Noon.AddDays(30));
        plan.Skipped.Should().HaveCount(20);
        plan.Skipped[^1].Nominal.Should().Be(Noon.AddDays(30).AddSeconds(-1));
        plan.MissedCount.Should().BeInRange(999, 1000);
        plan.MissedSince.Should().Be(Noon);
    }

    [Fact]
    public void Limit_of_a_thousand_is_kept()
    {
        var plan = TickPlan.Make(Every(1) with { CatchUp = CatchUp.All, CatchUpLimit = 1000 }, Noon.AddSeconds(1100));

        plan.Ticks.Should().HaveCount(1000);
        plan.Ticks[0].Should().Be(Noon.AddSeconds(101));
        plan.Skipped.Should().HaveCount(20);
    }

    [Fact]
    public void Due_time_set_by_hand_is_a_tick_of_its_own()
    {
        var odd = Noon.AddSeconds(1.234567);

        var plan = TickPlan.Make(Every(3600) with { NextDue = odd }, odd.AddMilliseconds(1));

        plan.Ticks.Should().Equal(odd);
        plan.NextDue.Should().Be(Noon.AddHours(1));
    }

    [Fact]
    public void Single_instant_ticks_once_and_has_no_problem_afterwards()
    {
        var plan = TickPlan.Make(Every(1) with { Timing = new ScheduleTiming { Once = Noon } }, Noon.AddSeconds(1));

        plan.Ticks.Should().Equal(Noon);
        (plan.NextDue, plan.Problem).Should().Be((null, null));
    }

    [Fact]
    public void Single_instant_before_the_schedule_was_made_never_ticks_and_says_so()
    {
        var plan = TickPlan.Make(Every(1) with { Timing = new ScheduleTiming { Once = Noon }, NextDue = null, Since = Noon.AddHours(1) }, Noon.AddHours(1));

        plan.Ticks.Should().BeEmpty();
        (plan.NextDue, plan.Problem).Should().Be((null, "no tick lies ahead"));
    }

    [Theory]
    [InlineData("61 * * * *", "UTC", "*minute (field 1*")]
    [InlineData("* * * * *", "Mars/Base", "*'Mars/Base' is not in the time zone database*")]
    public void Schedule_that_cannot_run_has_a_problem_and_no_due_time(string cron, string timezone, string problem)
    {
        var plan = TickPlan.Make(Every(60) with { Timing = new ScheduleTiming { Cron = cron, Timezone = timezone }, NextDue = null }, Noon);

        plan.Ticks.Should().BeEmpty();
        plan.NextDue.Should().BeNull();
        plan.Problem.Should().Match(problem);
    }

    [Fact]
    public void Id_depends_on_schedule_and_nominal_time_alone()
    {
        var schedule = Guid.NewGuid();

        TickId.Of(schedule, Noon).Should().Be(TickId.Of(schedule, Noon.ToOffset(TimeSpan.FromHours(2))));
        TickId.Of(schedule, Noon).Should().NotBe(TickId.Of(schedule, Noon.AddMilliseconds(1))).And.NotBe(TickId.Of(Guid.NewGuid(), Noon));
        TickId.Of(schedule, Noon).Version.Should().Be(5);
    }

    private static DueSchedule Every(int seconds) => new()
    {
        Id = Guid.Parse("0190a000-0000-7000-8000-000000000001"),
        Name = "s",
        Timing = new ScheduleTiming { Every = TimeSpan.FromSeconds(seconds) },
        Task = "t",
        Queue = "q",
        Priority = 5,
        Arguments = "{}",
        NextDue = Noon,
    };
}
