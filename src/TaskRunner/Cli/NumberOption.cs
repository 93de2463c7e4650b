using System.CommandLine;
using System.Globalization;

namespace TaskRunner.Cli;

/// <summary>Whole numbers as people type them.</summary>
internal static class NumberText
{
    /// <summary>Reads a number within bounds; null when the text is not one.</summary>
    public static int? Parse(string text, int least, int most) =>
        int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most ? number : null;

    /// <summary>Notes a text that is not a number within bounds.</summary>
    public static void Check(string name, string? text, int least, int most, Action<string> mistake)
    {
        if (text is not null && Parse(text, least, most) is null)
        {
            mistake($"{name} is '{TerminalText.Quote(text)}': it must be a whole number from {least} to {most}.");
        }
    }
}

/// <summary>A flag whose value is a whole number within bounds.</summary>
internal sealed class NumberOption : Option<string?>, ICheckedValue
{
    private readonly int least;
    private readonly int most;

    public NumberOption(string name, string description, int least, int most, params string[] aliases)
        : base(name, aliases)
    {
        Description = description;
        this.least = least;
        this.most = most;
    }

    /// <summary>The number; null when the flag was not given.</summary>
    public int? ValueIn(ParseResult parsed) => parsed.GetValue(this) is { } text ? NumberText.Parse(text, least, most) : null;

    public void Check(ParseResult parsed, Action<string> mistake) => NumberText.Check(Name, parsed.GetValue(this), least, most, mistake);
}

/// <summary>An argument whose value is a whole number within bounds.</summary>
internal sealed class NumberArgument : Argument<string>, ICheckedValue
{
    private readonly int least;
    private readonly int most;

    public NumberArgument(string name, string description, int least, int most)
        : base(name)
    {
        Description = description;
        this.least = least;
        this.most = most;
    }

    /// <summary>The number; the least one after a mistake.</summary>
    public int ValueIn(ParseResult parsed) => NumberText.Parse(parsed.GetValue(this) ?? "", least, most) ?? least;

    public void Check(ParseResult parsed, Action<string> mistake) => NumberText.Check(Name, parsed.GetValue(this), least, most, mistake);
}
