using System.Diagnostics.Metrics;
using System.Globalization;
using FluentAssertions;
using TaskRunner.Observability;
using Xunit;

namespace TaskRunner.Tests.Observability;

public sealed class PrometheusExporterTests : IDisposable
{
    private readonly Meter _meter = new("TaskRunner.Tests.Exporter");
    private readonly PrometheusExporter _exporter;

    public PrometheusExporterTests() => _exporter = new PrometheusExporter(meter => ReferenceEquals(meter, _meter));

    public void Dispose()
    {
        _exporter.Dispose();
        _meter.Dispose();
    }

    [Fact]
    public void Counter_is_shown_with_help_type_and_total()
    {
        var counter = _meter.CreateCounter<long>("app.things.done", null, "Things that were done.");

        counter.Add(2, new KeyValuePair<string, object?>("kind", "a"));
        counter.Add(3, new KeyValuePair<string, object?>("kind", "a"));

        _exporter.Render().Should().StartWith(
            "# HELP app_things_done_total Things that were done.\n# TYPE app_things_done_total counter\napp_things_done_total{kind=\"a\"} 5\n");
    }

    [Fact]
    public void Series_of_different_labels_are_kept_apart_and_sorted()
    {
        var counter = _meter.CreateCounter<int>("things");
        counter.Add(1, new KeyValuePair<string, object?>("a", "y"), new KeyValuePair<string, object?>("b", 1));
        counter.Add(2, new KeyValuePair<string, object?>("a", "x"), new KeyValuePair<string, object?>("b", 2));
        counter.Add(4);

        Lines("things_total").Should().Equal("things_total 4", "things_total{a=\"x\",b=\"2\"} 2", "things_total{a=\"y\",b=\"1\"} 1");
    }

    [Fact]
    public void Label_values_and_help_are_escaped()
    {
        var counter = _meter.CreateCounter<long>("escaped", null, "Back\\slash and\nline");
        counter.Add(1, new KeyValuePair<string, object?>("path.of", "C:\\\"x\"\nnext"));

        var text = _exporter.Render();

        text.Should().Contain("# HELP escaped_total Back\\\\slash and\\nline\n");
        text.Should().Contain("escaped_total{path_of=\"C:\\\\\\\"x\\\"\\nnext\"} 1\n");
    }

    [Fact]
    public void Up_down_counter_is_a_gauge_of_the_sum()
    {
        var counter = _meter.CreateUpDownCounter<long>("running");
        counter.Add(3);
        counter.Add(-2);

        _exporter.Render().Should().Contain("# TYPE running gauge\nrunning 1\n");
    }

    [Fact]
    public void Gauge_shows_its_last_value()
    {
        var gauge = _meter.CreateGauge<double>("level");
        gauge.Record(3);
        gauge.Record(2.5);

        Lines("level").Should().Equal("level 2.5");
    }

    [Fact]
    public void Observable_gauge_is_asked_at_each_scrape_and_forgets_what_is_gone()
    {
        var queues = new List<Measurement<long>> { new(1, new KeyValuePair<string, object?>("queue", "a")), new(2, new KeyValuePair<string, object?>("queue", "b")) };
        _meter.CreateObservableGauge("queue.tasks", () => queues);

        Lines("queue_tasks").Should().Equal("queue_tasks{queue=\"a\"} 1", "queue_tasks{queue=\"b\"} 2");
        queues.RemoveAt(0);

        Lines("queue_tasks").Should().Equal("queue_tasks{queue=\"b\"} 2");
    }

    [Fact]
    public void Observable_counter_shows_the_total_that_it_tells()
    {
        _meter.CreateObservableCounter("bytes", () => 7L);
        _exporter.Render();

        Lines("bytes_total").Should().Equal("bytes_total 7");
    }

    [Fact]
    public void Observable_instrument_that_throws_leaves_the_others_alone()
    {
        _meter.CreateObservableGauge("broken", long () => throw new InvalidOperationException());
        _meter.CreateObservableGauge("fine", () => 1L);

        Lines("fine").Should().Equal("fine 1");
        Lines("broken").Should().BeEmpty();
    }

    [Fact]
    public void Histogram_counts_cumulatively_up_to_its_bounds()
    {
        var histogram = _meter.CreateHistogram("took", "s", "Time.", null, new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.5, 1] });
        foreach (var value in new[] { 0.1, 0.5, 0.75, 3 })
        {
            histogram.Record(value, new KeyValuePair<string, object?>("queue", "a"));
        }

        Lines("took_seconds").Should().Equal(
            "took_seconds_bucket{queue=\"a\",le=\"0.5\"} 2",
            "took_seconds_bucket{queue=\"a\",le=\"1\"} 3",
            "took_seconds_bucket{queue=\"a\",le=\"+Inf\"} 4",
            "took_seconds_sum{queue=\"a\"} 4.35",
            "took_seconds_count{queue=\"a\"} 4");
    }

    [Fact]
    public void Histogram_without_bounds_and_labels_has_the_usual_ones()
    {
        _meter.CreateHistogram<double>("lag", "s").Record(0.02);

        Lines("lag_seconds").Should().StartWith(["lag_seconds_bucket{le=\"0.005\"} 0", "lag_seconds_bucket{le=\"0.01\"} 0", "lag_seconds_bucket{le=\"0.025\"} 1"]);
        Lines("lag_seconds").Should().EndWith(["lag_seconds_sum 0.02", "lag_seconds_count 1"]);
    }

    [Fact]
    public void Instruments_of_one_name_share_one_metric()
    {
        _meter.CreateCounter<long>("shared").Add(1);
        _meter.CreateCounter<long>("shared").Add(2);

        var text = _exporter.Render();

        text.Split("# TYPE shared_total counter").Should().HaveCount(2);
        Lines("shared_total").Should().Equal("shared_total 3");
    }

    [Fact]
    public void Instruments_of_other_meters_are_not_shown()
    {
        using var other = new Meter("Other");
        other.CreateCounter<long>("foreign").Add(1);

        _exporter.Render().Should().NotContain("foreign");
    }

    [Fact]
    public void Instrument_without_values_is_not_shown()
    {
        _meter.CreateCounter<long>("silent");

        _exporter.Render().Should().NotContain("silent");
    }

    [Fact]
    public void Labels_without_end_are_folded_into_one_series()
    {
        var counter = _meter.CreateCounter<long>("flood");
        for (var i = 0; i < 3000; i++)
        {
            counter.Add(1, new KeyValuePair<string, object?>("task", i.ToString(CultureInfo.InvariantCulture)));
        }

        Lines("flood_total").Should().HaveCount(2001).And.Contain("flood_total{task=\"(other)\"} 1000");
    }

    [Fact]
    public async Task Values_recorded_by_many_threads_add_up()
    {
        var counter = _meter.CreateCounter<long>("parallel");
        var histogram = _meter.CreateHistogram<double>("sizes");

        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() =>
        {
            for (var i = 0; i < 10_000; i++)
            {
                counter.Add(1, new KeyValuePair<string, object?>("a", "b"));
                histogram.Record(1);
            }
        })));

        Lines("parallel_total").Should().Equal("parallel_total{a=\"b\"} 80000");
        Lines("sizes_count").Should().Equal("sizes_count 80000");
    }

    [Fact]
    public void Recording_known_labels_allocates_nothing()
    {
        var counter = _meter.CreateCounter<long>("cheap");
        var queue = new KeyValuePair<string, object?>("queue", "default");
        counter.Add(1, queue);
        var before = GC.GetAllocatedBytesForCurrentThread();

        for (var i = 0; i < 1000; i++)
        {
            counter.Add(1, queue);
        }

        (GC.GetAllocatedBytesForCurrentThread() - before).Should().Be(0);
    }

    [Theory]
    [InlineData(1, "1")]
    [InlineData(0.1, "0.1")]
    [InlineData(1e21, "1E+21")]
    [InlineData(double.PositiveInfinity, "+Inf")]
    [InlineData(double.NegativeInfinity, "-Inf")]
    [InlineData(double.NaN, "NaN")]
    public void Numbers_are_written_as_Prometheus_reads_them(double value, string expected)
    {
        PrometheusText.Number(value).Should().Be(expected);
    }

    [Theory]
    [InlineData("taskrunner_build_info{version=\"")]
    [InlineData("process_cpu_seconds_total ")]
    [InlineData("process_resident_memory_bytes ")]
    [InlineData("process_start_time_seconds ")]
    [InlineData("dotnet_gc_heap_bytes ")]
    public void Process_and_build_are_shown(string sample)
    {
        _exporter.Render().Should().Contain($"\n{sample}");
    }

    [Fact]
    public void Process_started_in_the_past_minutes()
    {
        var started = double.Parse(Lines("process_start_time_seconds").Single().Split(' ')[1], CultureInfo.InvariantCulture);

        var age = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds() - started;

        age.Should().BeInRange(-1, 3600);
    }

    private string[] Lines(string prefix) => [.. _exporter.Render().Split('\n').Where(line => line.StartsWith(prefix, StringComparison.Ordinal))];
}
