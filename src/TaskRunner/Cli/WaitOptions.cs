using System.CommandLine;
using TaskRunner.Configuration;

namespace TaskRunner.Cli;

/// <summary><c>--wait</c> and <c>--timeout</c>, the same on every verb that has them.</summary>
internal sealed class WaitOptions
{
    private readonly string standard;

    public WaitOptions(string standard)
    {
        this.standard = standard;
        Timeout = new Option<string>("--timeout") { Description = $"Longest wait, for example 30s (default: {standard})", DefaultValueFactory = _ => standard };
    }

    public Option<bool> Wait { get; } = new("--wait") { Description = "Wait until the task is finished" };

    public Option<string> Timeout { get; }

    /// <summary>The timeout; a mistake is noted in the reader.</summary>
    public TimeSpan ReadTimeout(ParseResult parsed, SettingsReader reader)
    {
        var text = parsed.GetValue(Timeout) ?? standard;
        if (DurationText.Parse(text) is { } time)
        {
            return time;
        }

        reader.Mistake($"--timeout is '{text}': {DurationText.Rule}.");
        return TimeSpan.Zero;
    }
}
