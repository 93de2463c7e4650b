using System.Collections.Concurrent;
using System.Diagnostics.Metrics;

namespace TaskRunner.Observability;

/// <summary>Collects what a meter's instruments record and shows it in the Prometheus text format.</summary>
internal sealed class PrometheusExporter : IDisposable
{
    private readonly ConcurrentDictionary<string, MetricFamily> _families = new(StringComparer.Ordinal);
    private readonly MeterListener _listener = new();
    private readonly Lock _gate = new();

    /// <param name="includes">Which meters to show; all of the name TaskRunner when null.</param>
    public PrometheusExporter(Func<Meter, bool>? includes = null)
    {
        var included = includes ?? (static meter => meter.Name == MetricNames.Meter);
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (included(instrument.Meter))
            {
                var family = MetricFamily.For(instrument);

                // Instruments of one name share one metric: the format allows each name once.
                listener.EnableMeasurementEvents(instrument, _families.GetOrAdd(family.Name, family));
            }
        };
        _listener.SetMeasurementEventCallback<long>(static (_, value, tags, state) => ((MetricFamily)state!).Record(value, tags));
        _listener.SetMeasurementEventCallback<int>(static (_, value, tags, state) => ((MetricFamily)state!).Record(value, tags));
        _listener.SetMeasurementEventCallback<double>(static (_, value, tags, state) => ((MetricFamily)state!).Record(value, tags));
        _listener.Start();
    }

    public string Render()
    {
        var text = new PrometheusText();
        lock (_gate)
        {
            Observe();
            foreach (var family in _families.Values.OrderBy(family => family.Name, StringComparer.Ordinal))
            {
                family.Write(text);
            }
        }

        ProcessMetrics.Write(text);
        return text.ToString();
    }

    public void Dispose() => _listener.Dispose();

    private void Observe()
    {
        foreach (var family in _families.Values.Where(family => family.IsObserved))
        {
            family.Forget();
        }

        try
        {
            _listener.RecordObservableInstruments();
        }
        catch (AggregateException)
        {
            // An instrument that cannot be read is missing from this scrape; the others are worth showing.
        }
    }
}
