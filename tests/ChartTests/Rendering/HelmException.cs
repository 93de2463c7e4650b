namespace ChartTests.Rendering;

/// <summary>Helm refused what it was told to do; the message is what it printed.</summary>
public sealed class HelmException(string command, int exitCode, string output)
    : Exception($"`{command}` ended with {exitCode}:{Environment.NewLine}{output}")
{
    /// <summary>What helm printed to its error stream.</summary>
    public string Output { get; } = output;

    /// <summary>Whether the templates refused the values of a batch; <see cref="Output"/> is then what they say.</summary>
    internal bool IsOfTemplates => Output.StartsWith(BatchChart.Refused, StringComparison.Ordinal);
}
