using System.CommandLine;

namespace TaskRunner.Cli;

/// <summary>A flag whose value is a time, as <see cref="DurationText"/> reads it.</summary>
internal sealed class DurationOption : Option<string?>, ICheckedValue
{
    public DurationOption(string name, string description)
        : base(name) => Description = description;

    /// <summary>The time; null when the flag was not given.</summary>
    public TimeSpan? ValueIn(ParseResult parsed) => parsed.GetValue(this) is { } text ? DurationText.Parse(text) : null;

    public void Check(ParseResult parsed, Action<string> mistake)
    {
        if (parsed.GetValue(this) is { } text && DurationText.Parse(text) is null)
        {
            mistake($"{Name} is '{TerminalText.Quote(text)}': {DurationText.Rule}.");
        }
    }
}
