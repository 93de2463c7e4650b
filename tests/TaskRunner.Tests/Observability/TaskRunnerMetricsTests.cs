using System.Text.RegularExpressions;
using FluentAssertions;
using TaskRunner.Observability;
using Xunit;

namespace TaskRunner.Tests.Observability;

public sealed partial class TaskRunnerMetricsTests : IDisposable
{
    private readonly TaskRunnerMetrics _metrics = new();
    private readonly PrometheusExporter _exporter;

    public TaskRunnerMetricsTests() => _exporter = new PrometheusExporter(meter => ReferenceEquals(meter, _metrics.Meter));

    public void Dispose()
    {
        _exporter.Dispose();
        _metrics.Dispose();
    }

    [Fact]
    public void Life_of_a_task_is_counted_and_measured()
    {
        _metrics.Enqueued("pricing", 2);
        _metrics.Fetched("pricing", 2);
        _metrics.Redelivered("pricing", 1);
        _metrics.Started("pricing", TimeSpan.FromSeconds(0.02));
        _metrics.Started("pricing", TimeSpan.FromSeconds(0.02));
        _metrics.Finished("pricing", "fetch", TaskOutcome.Succeeded, TimeSpan.FromSeconds(1.5));

        Samples().Should().Contain(
        [
            "taskrunner_tasks_enqueued_total{queue=\"pricing\"} 2",
            "taskrunner_tasks_fetched_total{queue=\"pricing\"} 2",
            "taskrunner_tasks_redelivered_total{queue=\"pricing\"} 1",
            "taskrunner_tasks_running 1",
            "taskrunner_tasks_finished_total{queue=\"pricing\",task=\"fetch\",outcome=\"succeeded\"} 1",
            "taskrunner_task_duration_seconds_bucket{queue=\"pricing\",task=\"fetch\",le=\"1\"} 0",
            "taskrunner_task_duration_seconds_bucket{queue=\"pricing\",task=\"fetch\",le=\"2.5\"} 1",
            "taskrunner_task_duration_seconds_sum{queue=\"pricing\",task=\"fetch\"} 1.5",
            "taskrunner_task_wait_seconds_count{queue=\"pricing\"} 2",
        ]);
    }

    [Fact]
    public void Every_outcome_has_its_label()
    {
        foreach (var outcome in Enum.GetValues<TaskOutcome>())
        {
            _metrics.Started("q", TimeSpan.Zero);
            _metrics.Finished("q", "t", outcome, TimeSpan.Zero);
        }

        Samples().Where(sample => sample.StartsWith("taskrunner_tasks_finished_total", StringComparison.Ordinal))
            .Select(sample => Outcome().Match(sample).Groups[1].Value)
            .Should().BeEquivalentTo("succeeded", "retried", "dead", "released", "expired", "cancelled", "parked");
    }

    [Fact]
    public void Task_that_was_not_started_does_not_change_the_running_ones()
    {
        _metrics.Started("q", TimeSpan.Zero);
        _metrics.NotStarted("q", "t", TaskOutcome.Released);

        Samples().Should().Contain(["taskrunner_tasks_running 1", "taskrunner_tasks_finished_total{queue=\"q\",task=\"t\",outcome=\"released\"} 1"]);
    }

    [Fact]
    public void Wait_that_is_negative_because_of_clocks_counts_as_zero()
    {
        _metrics.Started("q", TimeSpan.FromSeconds(-3));

        Samples().Should().Contain("taskrunner_task_wait_seconds_sum{queue=\"q\"} 0");
    }

    [Fact]
    public void Counters_of_a_known_queue_start_at_zero()
    {
        _metrics.AddQueue("mail");

        Samples().Should().Contain(["taskrunner_tasks_fetched_total{queue=\"mail\"} 0", "taskrunner_tasks_redelivered_total{queue=\"mail\"} 0"]);
    }

    [Fact]
    public void Gauges_are_asked_at_each_scrape()
    {
        _metrics.WorkerConcurrency = () => 4;
        _metrics.BrokerConnected = () => true;
        _metrics.ResultsUnwritten = () => 12;
        _metrics.QueueTasks = () => [new QueueTaskCount("a", "waiting", 7), new QueueTaskCount("a", "dead", 1)];
        _metrics.QueueWorkers = () => new Dictionary<string, long> { ["a"] = 2 };
        _metrics.QueueAges = () => new Dictionary<string, TimeSpan> { ["a"] = TimeSpan.FromSeconds(1.5) };
        _metrics.BeatOverdue = () => TimeSpan.FromSeconds(90);
        _metrics.BeatSchedules = () => new Dictionary<string, long> { ["enabled"] = 3 };

        Samples().Should().Contain(
        [
            "taskrunner_worker_concurrency 4",
            "taskrunner_broker_connected 1",
            "taskrunner_results_unwritten 12",
            "taskrunner_queue_tasks{queue=\"a\",state=\"waiting\"} 7",
            "taskrunner_queue_tasks{queue=\"a\",state=\"dead\"} 1",
            "taskrunner_queue_workers{queue=\"a\"} 2",
            "taskrunner_queue_oldest_seconds{queue=\"a\"} 1.5",
            "taskrunner_beat_overdue_seconds 90",
            "taskrunner_beat_schedules{state=\"enabled\"} 3",
        ]);
    }

    [Fact]
    public void Gauges_that_nobody_answers_are_not_shown()
    {
        _exporter.Render().Should().NotContain("taskrunner_worker_concurrency").And.NotContain("taskrunner_queue_tasks");
    }

    [Fact]
    public void Ticks_are_counted_by_outcome_and_their_lag_is_measured()
    {
        _metrics.Ticked("rates", BeatTickOutcome.Enqueued, TimeSpan.FromSeconds(0.2));
        _metrics.Ticked("rates", BeatTickOutcome.Duplicate, TimeSpan.FromSeconds(9));
        _metrics.Ticked("rates", BeatTickOutcome.Skipped, TimeSpan.FromSeconds(9));
        _metrics.Ticked("rates", BeatTickOutcome.Failed, TimeSpan.FromSeconds(9));

        Samples().Should().Contain(
        [
            "taskrunner_beat_ticks_total{schedule=\"rates\",outcome=\"enqueued\"} 1",
            "taskrunner_beat_ticks_total{schedule=\"rates\",outcome=\"duplicate\"} 1",
            "taskrunner_beat_ticks_total{schedule=\"rates\",outcome=\"skipped\"} 1",
            "taskrunner_beat_ticks_total{schedule=\"rates\",outcome=\"failed\"} 1",
            "taskrunner_beat_tick_lag_seconds_count 1",
            "taskrunner_beat_tick_lag_seconds_sum 0.2",
        ]);
    }

    [Fact]
    public void Every_metric_has_one_type_line_and_every_sample_is_well_formed()
    {
        _metrics.Started("q", TimeSpan.Zero);
        _metrics.Finished("q", "t", TaskOutcome.Dead, TimeSpan.FromSeconds(1));
        _metrics.Ticked("s", BeatTickOutcome.Enqueued, TimeSpan.Zero);
        _metrics.BrokerConnected = () => false;

        var lines = _exporter.Render().Split('\n', StringSplitOptions.RemoveEmptyEntries);

        lines.Where(line => line.StartsWith("# TYPE ", StringComparison.Ordinal)).Select(line => line.Split(' ')[2]).Should().OnlyHaveUniqueItems();
        lines.Where(line => !line.StartsWith('#')).Should().OnlyHaveUniqueItems().And.AllSatisfy(line => line.Should().MatchRegex(Sample()));
    }

    private string[] Samples() => _exporter.Render().Split('\n');

    [GeneratedRegex("outcome=\"([a-z]+)\"")]
    private static partial Regex Outcome();

    [GeneratedRegex("^[a-z_]+(\\{[a-z_]+=\"[^\"]*\"(,[a-z_]+=\"[^\"]*\")*\\})? [-+0-9.eE]+$")]
    private static partial Regex Sample();
}
