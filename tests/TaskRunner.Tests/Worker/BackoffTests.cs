using FluentAssertions;
using Xunit;

namespace TaskRunner.Tests.Worker;

public sealed class BackoffTests
{
    public static TheoryData<Backoff> Endless => new()
    {
        Backoff.Fixed(TimeSpan.MaxValue),
        Backoff.List(TimeSpan.MaxValue),
        Backoff.Linear(TimeSpan.MaxValue, TimeSpan.MaxValue),
        Backoff.Exponential(TimeSpan.FromDays(9000), TimeSpan.MaxValue).WithoutJitter(),
        Backoff.Exponential(TimeSpan.MaxValue, TimeSpan.MaxValue),
        Backoff.Fixed(TimeSpan.MaxValue).WithJitter(),
    };

    [Theory]
    [MemberData(nameof(Endless))]
    public void No_wait_is_longer_than_ten_years(Backoff backoff)
    {
        foreach (var failures in new[] { 1, 2, 63, 1000, int.MaxValue })
        {
            backoff.After(failures, new Random(1)).Should().BeGreaterThanOrEqualTo(TimeSpan.Zero).And.BeLessThanOrEqualTo(TaskRunner.Broker.EnqueueRules.LongestTime);
        }
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(2, 2)]
    [InlineData(5, 16)]
    [InlineData(10, 512)]
    [InlineData(11, 600)]
    [InlineData(1000, 600)]
    public void Exponential_ceiling_doubles_up_to_the_cap(int failures, int seconds)
    {
        var longest = Backoff.Exponential().After(failures, new FixedRandom(1));

        longest.Should().Be(TimeSpan.FromSeconds(seconds));
    }

    [Fact]
    public void Linear_wait_grows_by_its_step_up_to_the_cap()
    {
        var backoff = Backoff.Linear(TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(25));

        Waits(backoff, 1, 2, 3, 1000).Should().Equal(10, 20, 25, 25);
    }

    [Fact]
    public void Listed_waits_come_one_after_the_other_and_the_last_is_repeated()
    {
        var backoff = Backoff.List(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(60), TimeSpan.FromSeconds(5));

        Waits(backoff, 1, 2, 3, 4, 99).Should().Equal(1, 60, 5, 5, 5);
    }

    [Fact]
    public void Any_backoff_can_be_capped_and_given_full_jitter()
    {
        var backoff = Backoff.List(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(60)).AtMost(TimeSpan.FromSeconds(10));

        Waits(backoff, 1, 2).Should().Equal(1, 10);
        backoff.WithJitter().After(2, new FixedRandom(0.25)).Should().Be(TimeSpan.FromSeconds(2.5));
        backoff.WithJitter().WithoutJitter().After(2, new FixedRandom(0.25)).Should().Be(TimeSpan.FromSeconds(10));
    }

    [Fact]
    public void Waits_out_of_range_are_refused()
    {
        FluentActions.Invoking(() => Backoff.List()).Should().Throw<ArgumentException>();
        FluentActions.Invoking(() => Backoff.List(TimeSpan.FromSeconds(-1))).Should().Throw<ArgumentException>();
        FluentActions.Invoking(() => Backoff.Linear(TimeSpan.Zero)).Should().Throw<ArgumentOutOfRangeException>();
        FluentActions.Invoking(() => Backoff.Fixed(TimeSpan.Zero).AtMost(TimeSpan.FromSeconds(-1))).Should().Throw<ArgumentOutOfRangeException>();
    }

    [Fact]
    public void Full_jitter_spreads_evenly_between_zero_and_the_ceiling()
    {
        var random = new Random(1);
        var waits = Enumerable.Range(0, 10_000).Select(_ => Backoff.Exponential().After(5, random).TotalSeconds).ToList();

        waits.Min().Should().BeLessThan(0.2);
        waits.Max().Should().BeInRange(15.8, 16);
        waits.Average().Should().BeApproximately(8, 0.2);
    }

    [Fact]
    public void Fixed_wait_is_always_the_same()
    {
        var backoff = Backoff.Fixed(TimeSpan.FromSeconds(7));

        Enumerable.Range(1, 5).Select(n => backoff.After(n, new Random())).Should().OnlyContain(w => w == TimeSpan.FromSeconds(7));
    }

    [Fact]
    public void Impossible_waits_are_refused()
    {
        FluentActions.Invoking(() => Backoff.Fixed(TimeSpan.FromSeconds(-1))).Should().Throw<ArgumentOutOfRangeException>();
        FluentActions.Invoking(() => Backoff.Exponential(TimeSpan.Zero)).Should().Throw<ArgumentOutOfRangeException>();
        FluentActions.Invoking(() => Backoff.Exponential(TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(1))).Should().Throw<ArgumentOutOfRangeException>();
    }

    private static IEnumerable<double> Waits(Backoff backoff, params int[] failures) => failures.Select(f => backoff.After(f, new FixedRandom(0.5)).TotalSeconds);

    private sealed class FixedRandom(double value) : Random
    {
        public override double NextDouble() => value;
    }
}
