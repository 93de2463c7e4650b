using FluentAssertions;
using Xunit;

namespace TaskRunner.Tests.Worker;

public sealed class BackoffTests
{
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

    private sealed class FixedRandom(double value) : Random
    {
        public override double NextDouble() => value;
    }
}
