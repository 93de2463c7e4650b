using FluentAssertions;
using TaskRunner.Beat;
using Xunit;

namespace TaskRunner.Tests.Beat;

public sealed class TickPlanTests
{
    private static readonly DateTimeOffset Noon = new(2030, 1, 1, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public void Schedule_without_due_time_gets_one_and_does_not_tick()
    {
        var plan = TickPlan.Make(Every(60) with { NextDue = null }, Noon.AddSeconds(5));

        plan.Ticks.Should().BeEmpty();
        plan.NextDue.Should().Be(Noon.AddSeconds(60));
        plan.Problem.Should().BeNull();
    }

    [Theory]
    [InlineData(CatchUp.Skip)]
    [InlineData(CatchUp.Latest)]
    [InlineData(CatchUp.All)]
    public void Tick_in_time_runs_under_every_policy(CatchUp catchUp)
    {
        var plan = TickPlan.Make(Every(60) with { CatchUp = catchUp }, Noon.AddMilliseconds(20));

        plan.Ticks.Should().Equal(Noon);
        plan.Dropped.Should().BeFalse();
        plan.NextDue.Should().Be(Noon.AddSeconds(60));
    }

    [Theory]
    [InlineData(4.9, true)]
    [InlineData(5.1, false)]
    public void Policy_skip_drops_a_tick_that_is_more_than_five_seconds_late(double late, bool runs)
    {
        var plan = TickPlan.Make(Every(60) with { CatchUp = CatchUp.Skip }, Noon.AddSeconds(late));

        plan.Ticks.Should().HaveCount(runs ? 1 : 0);
        plan.Dropped.Should().Be(!runs);
        plan.NextDue.Should().Be(Noon.AddSeconds(60));
    }

    [Fact]
    public void Policy_skip_runs_the_newest_tick_when_that_is_in_time()
    {
        var plan = TickPlan.Make(Every(60) with { CatchUp = CatchUp.Skip }, Noon.AddSeconds(602));

        plan.Ticks.Should().Equal(Noon.AddSeconds(600));
        plan.Dropped.Should().BeTrue();
    }

    [Fact]
    public void Policy_latest_runs_only_the_newest_missed_tick()
    {
        var plan = TickPlan.Make(Every(60) with { CatchUp = CatchUp.Latest }, Noon.AddSeconds(599));

        plan.Ticks.Should().Equal(Noon.AddSeconds(540));
        plan.Dropped.Should().BeTrue();
        plan.NextDue.Should().Be(Noon.AddSeconds(600));
    }

    [Fact]
    public void Policy_all_runs_up_to_ten_missed_ticks_in_order()
    {
        var nine = TickPlan.Make(Every(60) with { CatchUp = CatchUp.All }, Noon.AddSeconds(9 * 60));
        var eleven = TickPlan.Make(Every(60) with { CatchUp = CatchUp.All }, Noon.AddSeconds(10 * 60));

        nine.Ticks.Should().Equal(Enumerable.Range(0, 10).Select(n => Noon.AddMinutes(n)));
        nine.Dropped.Should().BeFalse();
        eleven.Ticks.Should().Equal(Enumerable.Range(1, 10).Select(n => Noon.AddMinutes(n)));
        eleven.Dropped.Should().BeTrue();
    }

    [Fact]
    public void Due_time_set_by_hand_is_a_tick_of_its_own()
    {
        var odd = Noon.AddSeconds(1.234567);

        var plan = TickPlan.Make(Every(3600) with { NextDue = odd }, odd.AddMilliseconds(1));

        plan.Ticks.Should().Equal(odd);
        plan.NextDue.Should().Be(Noon.AddHours(1));
    }

    [Theory]
    [InlineData("61 * * * *", "UTC", "*minute (field 1*")]
    [InlineData("* * * * *", "Mars/Base", "*'Mars/Base' is not in the time zone database*")]
    [InlineData("0 0 30 2 *", "UTC", "*no date matches*")]
    public void Schedule_that_cannot_run_has_a_problem_and_no_due_time(string cron, string timezone, string problem)
    {
        var plan = TickPlan.Make(Every(60) with { EveryMilliseconds = null, Cron = cron, Timezone = timezone, NextDue = null }, Noon);

        plan.Ticks.Should().BeEmpty();
        plan.NextDue.Should().BeNull();
        plan.Problem.Should().Match(problem);
    }

    [Fact]
    public void Id_depends_on_schedule_and_nominal_time_alone()
    {
        var plan = TickPlan.Make(Every(60), Noon);
        var other = TickPlan.Make(Every(60) with { Id = Guid.NewGuid() }, Noon);

        plan.IdOf(Noon).Should().Be(TickPlan.Make(Every(60) with { Name = "renamed" }, Noon.AddSeconds(1)).IdOf(Noon.ToOffset(TimeSpan.FromHours(2))));
        plan.IdOf(Noon).Should().NotBe(plan.IdOf(Noon.AddMilliseconds(1))).And.NotBe(other.IdOf(Noon));
        plan.IdOf(Noon).Version.Should().Be(5);
    }

    private static DueSchedule Every(int seconds) => new()
    {
        Id = Guid.Parse("0190a000-0000-7000-8000-000000000001"),
        Name = "s",
        EveryMilliseconds = seconds * 1000,
        Timezone = "UTC",
        Task = "t",
        Queue = "q",
        Priority = 5,
        Arguments = "{}",
        CatchUp = CatchUp.Latest,
        NextDue = Noon,
    };
}
