namespace TaskRunner.Configuration;

/// <summary>One setting: an environment variable, the flag of the same meaning, and what it is for.</summary>
/// <param name="Variable">For example <c>TASKRUNNER_QUEUES</c>; with <c>_FILE</c> appended it names a file that holds the value, where that is allowed.</param>
/// <param name="Description">One line for <c>--help</c>.</param>
/// <param name="FromFile">Whether the value may come from a file.</param>
/// <param name="IsSecret">A secret has no flag: command lines are visible to others.</param>
internal sealed record Setting(string Variable, string Description, bool FromFile = false, bool IsSecret = false)
{
    private static readonly string[] Prefixes = ["TASKRUNNER_", "OTEL_EXPORTER_"];

    /// <summary><c>--queues</c> for <c>TASKRUNNER_QUEUES</c>.</summary>
    public string Flag => "--" + Variable[Prefixes.First(prefix => Variable.StartsWith(prefix, StringComparison.Ordinal)).Length..].ToLowerInvariant().Replace('_', '-');

    /// <summary>How a message names it to the user.</summary>
    public string Label => IsSecret ? Variable : $"{Variable} ({Flag})";
}
