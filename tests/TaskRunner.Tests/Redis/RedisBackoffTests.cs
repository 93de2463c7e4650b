using FluentAssertions;
using TaskRunner.Redis;
using Xunit;

namespace TaskRunner.Tests.Redis;

public sealed class RedisBackoffTests
{
    [Theory]
    [InlineData(1, 50)]
    [InlineData(2, 100)]
    [InlineData(3, 200)]
    [InlineData(6, 1600)]
    [InlineData(7, 2000)]
    [InlineData(int.MaxValue, 2000)]
    public void Wait_doubles_up_to_two_seconds(int failures, int milliseconds)
    {
        RedisBackoff.Delay(failures, random: 1).Should().Be(TimeSpan.FromMilliseconds(milliseconds));
    }

    [Fact]
    public void Wait_is_spread_over_the_upper_half()
    {
        RedisBackoff.Delay(3, random: 0).Should().Be(TimeSpan.FromMilliseconds(100));
        RedisBackoff.Delay(3, random: 0.5).Should().Be(TimeSpan.FromMilliseconds(150));
    }
}
