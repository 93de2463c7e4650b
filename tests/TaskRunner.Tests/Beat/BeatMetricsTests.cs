using System.Text.RegularExpressions;
using FluentAssertions;
using TaskRunner.Beat;
using TaskRunner.Observability;
using TaskRunner.Tests.Observability;
using Xunit;

namespace TaskRunner.Tests.Beat;

/// <summary>What beat does, as metrics and as signs of life.</summary>
public sealed partial class BeatMetricsTests : IDisposable
{
    private readonly ManualTime time = new();
    private readonly TaskRunnerMetrics metrics = new();
    private readonly PrometheusExporter exporter;
    private readonly LoopProgress loop;
    private readonly BeatMetricsObserver observer;

    public BeatMetricsTests()
    {
        exporter = new PrometheusExporter(meter => ReferenceEquals(meter, metrics.Meter));
        loop = new LoopProgress("beat loop", TimeSpan.FromSeconds(60), time);
        observer = new BeatMetricsObserver(metrics, loop);
    }

    public void Dispose()
    {
        exporter.Dispose();
        metrics.Dispose();
    }

    [Fact]
    public void Every_outcome_of_a_tick_has_its_label()
    {
        foreach (var outcome in Enum.GetValues<TickOutcome>())
        {
            observer.Ticked("rates", outcome, TimeSpan.FromSeconds(0.03));
        }

        Samples("taskrunner_beat_ticks_total").Select(sample => Outcome().Match(sample).Groups[1].Value)
            .Should().BeEquivalentTo("enqueued", "duplicate", "skipped", "buffered", "failed", "resent");
        Samples("taskrunner_beat_tick_lag_seconds").Should().Contain("taskrunner_beat_tick_lag_seconds_count 1", "only what was enqueued in its turn is measured");
    }

    [Fact]
    public void Schedules_beyond_the_first_500_share_a_name()
    {
        for (var n = 0; n < 502; n++)
        {
            observer.Ticked($"s{n}", TickOutcome.Enqueued, TimeSpan.Zero);
        }

        observer.Ticked("s0", TickOutcome.Enqueued, TimeSpan.Zero);
        var samples = Samples("taskrunner_beat_ticks_total");
        samples.Should().HaveCount(501).And.Contain("taskrunner_beat_ticks_total{schedule=\"(other)\",outcome=\"enqueued\"} 2").And.Contain("taskrunner_beat_ticks_total{schedule=\"s0\",outcome=\"enqueued\"} 2");
    }

    [Fact]
    public void Catch_up_is_counted_by_policy_and_by_what_became_of_the_ticks()
    {
        observer.CaughtUp("rates", CatchUp.All, 10, 7);

        Samples("taskrunner_beat_caught_up_total").Should().BeEquivalentTo(
            "taskrunner_beat_caught_up_total{policy=\"all\",outcome=\"run\"} 10", "taskrunner_beat_caught_up_total{policy=\"all\",outcome=\"dropped\"} 7");
    }

    [Fact]
    public void Relay_lag_and_schedules_by_state_are_those_told_last()
    {
        observer.RelayLagged(TimeSpan.FromSeconds(45));
        observer.SchedulesCounted(new ScheduleCounts(4, 3, 2, 1));

        observer.RelayLag.Should().Be(TimeSpan.FromSeconds(45));
        Samples("taskrunner_beat_relay_lag_seconds").Should().Equal("taskrunner_beat_relay_lag_seconds 45");
        Samples("taskrunner_beat_schedules").Should().BeEquivalentTo(
            "taskrunner_beat_schedules{state=\"enabled\"} 4", "taskrunner_beat_schedules{state=\"paused\"} 3", "taskrunner_beat_schedules{state=\"ended\"} 2", "taskrunner_beat_schedules{state=\"broken\"} 1");
    }

    [Fact]
    public void Turn_of_the_loop_is_the_sign_of_life()
    {
        observer.HasTurned.Should().BeFalse();
        time.Advance(TimeSpan.FromSeconds(61));
        loop.Check().Should().StartWith("the last turn was 61 s ago");

        observer.LoopTurned();

        observer.HasTurned.Should().BeTrue();
        loop.Check().Should().BeNull();
    }

    private IReadOnlyList<string> Samples(string metric) =>
        [.. exporter.Render().Split('\n').Where(line => line.StartsWith(metric, StringComparison.Ordinal) && !line.Contains("_bucket", StringComparison.Ordinal))];

    [GeneratedRegex("outcome=\"(\\w+)\"")]
    private static partial Regex Outcome();
}
