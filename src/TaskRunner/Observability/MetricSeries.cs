namespace TaskRunner.Observability;

/// <summary>The value of one metric for one set of labels.</summary>
internal abstract class MetricSeries
{
    public abstract void Record(double value);

    public abstract void Write(PrometheusText text, string name, string labels);
}
