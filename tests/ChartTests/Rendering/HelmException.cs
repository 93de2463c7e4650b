namespace ChartTests.Rendering;

/// <summary>Helm refused what it was told to do; the message is what it printed.</summary>
public sealed class HelmException(string command, int exitCode, string output)
    : Exception($"`{command}` ended with {exitCode}:{Environment.NewLine}{output}")
{
    /// <summary>What helm printed to its error stream.</summary>
    public string Output { get; } = output;
}
