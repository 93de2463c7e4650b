using System.Diagnostics;
using FluentAssertions;

namespace TaskRunner.Tests.Support;

/// <summary>Times that go on while a test runs: what is expected of them moves by as much as the test has taken, and no more.</summary>
internal sealed class Meanwhile
{
    // Clocks of servers and programs are rounded, to milliseconds and some to seconds.
    private static readonly TimeSpan Rounding = TimeSpan.FromSeconds(1);

    private readonly long began = Stopwatch.GetTimestamp();

    /// <summary>An age that was so long when this was made.</summary>
    public void ShouldHaveGrown(TimeSpan? age, TimeSpan from) =>
        age.Should().BeGreaterThanOrEqualTo(from - Rounding).And.BeLessThanOrEqualTo(from + Stopwatch.GetElapsedTime(began) + Rounding);

    /// <summary>A rest that was so long when this was made.</summary>
    public void ShouldHaveShrunk(TimeSpan? rest, TimeSpan from) =>
        rest.Should().BeGreaterThanOrEqualTo(from - Stopwatch.GetElapsedTime(began) - Rounding).And.BeLessThanOrEqualTo(from + Rounding);
}
