using System.CommandLine;

namespace TaskRunner.Cli;

/// <summary><c>--wait</c> and <c>--timeout</c>, the same on every verb that has them.</summary>
internal sealed class WaitOptions
{
    private readonly TimeSpan standard;

    public WaitOptions(string standard)
    {
        this.standard = DurationText.Parse(standard) ?? throw new ArgumentException(DurationText.Rule, nameof(standard));
        Timeout = new DurationOption("--timeout", $"Longest wait, for example 30s (default: {standard})");
    }

    public Option<bool> Wait { get; } = new("--wait") { Description = "Wait until the task is finished" };

    public DurationOption Timeout { get; }

    public TimeSpan TimeoutIn(ParseResult parsed) => Timeout.ValueIn(parsed) ?? standard;
}
