namespace TaskRunner.Observability;

/// <summary>Counts what is recorded by size.</summary>
/// <param name="bounds">Upper bounds of the buckets, ascending; a last bucket takes what is larger than all.</param>
internal sealed class HistogramSeries(double[] bounds) : MetricSeries
{
    private readonly Lock _gate = new();
    private readonly long[] _counts = new long[bounds.Length + 1];
    private double _sum;

    public override void Record(double value)
    {
        var index = Array.BinarySearch(bounds, value);
        lock (_gate)
        {
            _counts[index < 0 ? ~index : index]++;
            _sum += value;
        }
    }

    public override void Write(PrometheusText text, string name, string labels)
    {
        long[] counts;
        double sum;
        lock (_gate)
        {
            counts = [.. _counts];
            sum = _sum;
        }

        var separator = labels.Length == 0 ? "" : ",";
        long total = 0;
        for (var i = 0; i < counts.Length; i++)
        {
            total += counts[i];
            var bound = PrometheusText.Number(i < bounds.Length ? bounds[i] : double.PositiveInfinity);
            text.Sample($"{name}_bucket", $"{labels}{separator}le=\"{bound}\"", total);
        }

        text.Sample($"{name}_sum", labels, sum);
        text.Sample($"{name}_count", labels, total);
    }
}
