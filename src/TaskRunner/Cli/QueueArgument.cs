using System.CommandLine;
using TaskRunner.Broker;

namespace TaskRunner.Cli;

/// <summary>The argument <c>QUEUE</c>.</summary>
internal sealed class QueueArgument : Argument<string>, ICheckedValue
{
    public QueueArgument(string description = "Queue")
        : base("QUEUE") => Description = description;

    public string ValueIn(ParseResult parsed) => parsed.GetValue(this) ?? "";

    public void Check(ParseResult parsed, Action<string> mistake) => CheckName(Name, parsed.GetValue(this), mistake);

    /// <summary>Notes a name that no queue can have.</summary>
    public static void CheckName(string label, string? name, Action<string> mistake)
    {
        if (name is not null && !QueueName.IsValid(name))
        {
            mistake($"{label} is '{TerminalText.Quote(name)}': {QueueName.Rule}.");
        }
    }
}

/// <summary>The flag <c>--queue</c>.</summary>
internal sealed class QueueOption : Option<string?>, ICheckedValue
{
    public QueueOption(string description)
        : base("--queue", "-q") => Description = description;

    /// <summary>The name; null when the flag was not given.</summary>
    public string? ValueIn(ParseResult parsed) => parsed.GetValue(this);

    public void Check(ParseResult parsed, Action<string> mistake) => QueueArgument.CheckName(Name, parsed.GetValue(this), mistake);
}

/// <summary>A flag that is a text for people or a filter: of bounded length, and without control characters.</summary>
internal sealed class TextOption : Option<string?>, ICheckedValue
{
    private readonly int most;

    public TextOption(string name, string description, int most, params string[] aliases)
        : base(name, aliases)
    {
        Description = description;
        this.most = most;
    }

    /// <summary>The text; null when the flag was not given.</summary>
    public string? ValueIn(ParseResult parsed) => parsed.GetValue(this);

    public void Check(ParseResult parsed, Action<string> mistake)
    {
        if (parsed.GetValue(this) is { } text && (text.Length > most || text.Any(char.IsControl)))
        {
            mistake($"{Name} is '{TerminalText.Quote(text)}': it must have at most {most} characters, none of them a control character.");
        }
    }
}
