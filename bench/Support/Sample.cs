namespace TaskRunner.Bench.Support;

/// <summary>Several measurements of one thing.</summary>
internal sealed record Sample(IReadOnlyList<double> Values)
{
    public double Median => At(Values, 0.5);

    public double Least => Values.Count == 0 ? double.NaN : Values.Min();

    public double Most => Values.Count == 0 ? double.NaN : Values.Max();

    /// <summary>The value below which this part of all values lies, 0 to 1.</summary>
    public static double At(IReadOnlyList<double> values, double part)
    {
        if (values.Count == 0)
        {
            return double.NaN;
        }

        var sorted = values.Order().ToArray();
        return sorted[Math.Clamp((int)Math.Ceiling(part * sorted.Length) - 1, 0, sorted.Length - 1)];
    }
}
