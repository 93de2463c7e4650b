namespace TaskRunner.Observability;

/// <summary>Keeps what was recorded last.</summary>
internal sealed class LastValueSeries : MetricSeries
{
    private double _value;

    public override void Record(double value) => Volatile.Write(ref _value, value);

    public override void Write(PrometheusText text, string name, string labels) => text.Sample(name, labels, Volatile.Read(ref _value));
}
