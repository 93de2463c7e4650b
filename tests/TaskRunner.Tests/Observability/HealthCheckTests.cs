using FluentAssertions;
using TaskRunner.Observability;
using Xunit;

namespace TaskRunner.Tests.Observability;

public sealed class HealthCheckTests
{
    [Fact]
    public void List_without_checks_has_no_failures()
    {
        new HealthCheckList().Failures().Should().BeEmpty();
    }

    [Fact]
    public void Failures_have_the_name_and_the_reason_of_each_failing_check()
    {
        var list = new HealthCheckList();
        list.Add("broker", () => "not connected");
        list.Add("database", () => null);
        list.Add("schema", () => "not migrated");

        list.Failures().Should().Equal("broker: not connected", "schema: not migrated");
    }

    [Fact]
    public void Check_that_throws_fails_with_its_message()
    {
        var list = new HealthCheckList();
        list.Add("broken", () => throw new InvalidOperationException("no idea"));

        list.Failures().Should().Equal("broken: no idea");
    }

    [Fact]
    public void Reason_of_several_lines_is_shown_in_one()
    {
        var list = new HealthCheckList();
        list.Add("broker", () => "first\r\nsecond\nthird");

        list.Failures().Should().Equal("broker: first second third");
    }

    [Fact]
    public void Loop_is_well_until_its_last_turn_is_too_old()
    {
        var time = new ManualTime();
        var loop = new LoopProgress("fetcher", TimeSpan.FromSeconds(30), time);

        time.Advance(TimeSpan.FromSeconds(30));
        loop.Check().Should().BeNull();
        time.Advance(TimeSpan.FromSeconds(1));

        loop.Check().Should().Be("the last turn was 31 s ago, more than 30 s");
    }

    [Fact]
    public void Loop_that_turns_again_is_well_again()
    {
        var time = new ManualTime();
        var loop = new LoopProgress("fetcher", TimeSpan.FromSeconds(30), time);
        time.Advance(TimeSpan.FromMinutes(5));

        loop.Turned();

        loop.Check().Should().BeNull();
    }

    [Fact]
    public void Startup_flag_fails_until_it_is_set()
    {
        var flag = new StartupFlag("migrated");

        flag.Check().Should().Be("not done yet");
        flag.Set();

        flag.Check().Should().BeNull();
    }
}
