using System.Collections.Concurrent;
using System.Diagnostics.Metrics;

namespace TaskRunner.Observability;

/// <summary>All series of one metric.</summary>
internal sealed class MetricFamily
{
    // Names of tasks come from producers; a label that takes ever new values must not fill the memory.
    private const int MaxSeries = 2000;

    private static readonly double[] DefaultBounds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

    private readonly Func<MetricSeries> _newSeries;
    private readonly string _help;
    private readonly ConcurrentDictionary<MetricLabels, MetricSeries> _series = new(new MetricLabels.Comparer());
    private readonly ConcurrentDictionary<MetricLabels, MetricSeries>.AlternateLookup<ReadOnlySpan<KeyValuePair<string, object?>>> _lookup;

    private MetricFamily(string name, string type, string help, bool isObserved, Func<MetricSeries> newSeries)
    {
        Name = name;
        Type = type;
        IsObserved = isObserved;
        _help = help;
        _newSeries = newSeries;
        _lookup = _series.GetAlternateLookup<ReadOnlySpan<KeyValuePair<string, object?>>>();
    }

    public string Name { get; }

    public string Type { get; }

    /// <summary>True when its values are asked for at each scrape; what is then not told any more is gone.</summary>
    public bool IsObserved { get; }

    public static MetricFamily For(Instrument instrument)
    {
        var type = instrument.GetType().GetGenericTypeDefinition();
        var name = PrometheusText.Name(instrument.Name) + (instrument.Unit == "s" ? "_seconds" : "");
        var help = instrument.Description ?? instrument.Name;
        if (type == typeof(Histogram<>))
        {
            var bounds = (instrument as Histogram<double>)?.Advice?.HistogramBucketBoundaries?.ToArray() ?? DefaultBounds;
            return new MetricFamily(name, "histogram", help, false, () => new HistogramSeries(bounds));
        }

        var isCounter = type == typeof(Counter<>) || type == typeof(ObservableCounter<>);
        var isSum = !instrument.IsObservable && type != typeof(Gauge<>);
        return new MetricFamily(
            isCounter ? $"{name}_total" : name,
            isCounter ? "counter" : "gauge",
            help,
            instrument.IsObservable,
            isSum ? static () => new SumSeries() : static () => new LastValueSeries());
    }

    public void Record(double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        if (!_lookup.TryGetValue(tags, out var series))
        {
            series = _series.GetOrAdd(new MetricLabels(_series.Count < MaxSeries ? tags : MetricLabels.Overflow(tags)), _ => _newSeries());
        }

        series.Record(value);
    }

    public void Forget() => _series.Clear();

    public void Write(PrometheusText text)
    {
        if (_series.IsEmpty)
        {
            return;
        }

        text.Header(Name, Type, _help);
        foreach (var (labels, series) in _series.OrderBy(pair => pair.Key.Text, StringComparer.Ordinal))
        {
            series.Write(text, Name, labels.Text);
        }
    }
}
