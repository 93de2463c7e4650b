namespace ClusterTests.Cluster;

/// <summary>A program ended with another exit code than 0, or not in time.</summary>
/// <param name="command">The program and its arguments.</param>
/// <param name="exitCode">Its exit code; null when it was stopped because its time was over, or did not start.</param>
/// <param name="output">What it printed, or why it did not start.</param>
internal sealed class CliException(string command, int? exitCode, string output)
    : Exception($"`{command}` {(exitCode is { } code ? $"ended with {code}" : "did not end well")}:{Environment.NewLine}{output.Trim()}")
{
    public int? ExitCode { get; } = exitCode;

    /// <summary>What the program printed to both streams.</summary>
    public string Output { get; } = output;
}
