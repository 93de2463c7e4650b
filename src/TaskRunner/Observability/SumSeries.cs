namespace TaskRunner.Observability;

/// <summary>Adds up what is recorded.</summary>
internal sealed class SumSeries : MetricSeries
{
    private double _sum;

    public override void Record(double value)
    {
        var seen = Volatile.Read(ref _sum);
        while (true)
        {
            var before = Interlocked.CompareExchange(ref _sum, seen + value, seen);
            if (before.Equals(seen))
            {
                return;
            }

            seen = before;
        }
    }

    public override void Write(PrometheusText text, string name, string labels) => text.Sample(name, labels, Volatile.Read(ref _sum));
}
