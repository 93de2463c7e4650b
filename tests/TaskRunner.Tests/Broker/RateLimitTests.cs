using FluentAssertions;
using Xunit;

namespace TaskRunner.Tests.Broker;

public sealed class RateLimitTests
{
    [Theory]
    [InlineData("10/s", 10, 1_000, "10/s")]
    [InlineData("100/m", 100, 60_000, "100/m")]
    [InlineData("5/h", 5, 3_600_000, "5/h")]
    [InlineData("1/d", 1, 86_400_000, "1/d")]
    [InlineData("5/250ms", 5, 250, "5/250ms")]
    [InlineData("7/90s", 7, 90_000, "7/90s")]
    public void Rate_is_read_and_written_as_people_type_it(string text, int count, int milliseconds, string written)
    {
        var rate = RateLimit.Parse(text);

        rate.Should().Be(new RateLimit(count, TimeSpan.FromMilliseconds(milliseconds)));
        rate!.Value.ToString().Should().Be(written);
        RateLimit.ParseWire(rate.Value.Wire).Should().Be(rate);
    }

    [Theory]
    [InlineData("")]
    [InlineData("10")]
    [InlineData("0/s")]
    [InlineData("-1/s")]
    [InlineData("10/x")]
    [InlineData("10/")]
    [InlineData("10/0s")]
    [InlineData("10/31d")]
    [InlineData("10/99999999999d")]
    [InlineData("2000000/s")]
    public void Other_text_is_no_rate(string text) => RateLimit.Parse(text).Should().BeNull();
}
