using System.CommandLine;

namespace TaskRunner.Cli;

/// <summary>A value that is one of a few words.</summary>
internal static class Choice
{
    /// <summary>Notes a text that is none of the words.</summary>
    public static void Check(string name, string? text, string[] words, Action<string> mistake)
    {
        if (text is not null && !words.Contains(text, StringComparer.Ordinal))
        {
            mistake($"{name} is '{TerminalText.Quote(text)}': it must be {string.Join(" or ", words)}.{Near.Question(text, words)}");
        }
    }
}

/// <summary>A flag whose value is one of a few words.</summary>
internal sealed class ChoiceOption : Option<string?>, ICheckedValue
{
    private readonly string[] words;

    public ChoiceOption(string name, string description, string[] words, params string[] aliases)
        : base(name, aliases)
    {
        Description = description;
        this.words = words;
        CompletionSources.Add(words);
    }

    /// <summary>The word; null when the flag was not given.</summary>
    public string? ValueIn(ParseResult parsed) => parsed.GetValue(this);

    public void Check(ParseResult parsed, Action<string> mistake) => Choice.Check(Name, parsed.GetValue(this), words, mistake);
}

/// <summary>A flag that may be repeated, each time with one of a few words.</summary>
internal sealed class ChoicesOption : Option<string[]>, ICheckedValue
{
    private readonly string[] words;

    public ChoicesOption(string name, string description, string[] words, params string[] aliases)
        : base(name, aliases)
    {
        Description = description;
        this.words = words;
        CompletionSources.Add(words);
    }

    /// <summary>The words, each once; empty when the flag was not given.</summary>
    public string[] ValuesIn(ParseResult parsed) => [.. (parsed.GetValue(this) ?? []).Distinct(StringComparer.Ordinal)];

    public void Check(ParseResult parsed, Action<string> mistake)
    {
        foreach (var text in parsed.GetValue(this) ?? [])
        {
            Choice.Check(Name, text, words, mistake);
        }
    }
}

/// <summary>An argument that is one of a few words.</summary>
internal sealed class ChoiceArgument : Argument<string>, ICheckedValue
{
    private readonly string[] words;

    public ChoiceArgument(string name, string description, string[] words)
        : base(name)
    {
        Description = description;
        this.words = words;
        CompletionSources.Add(words);
    }

    public string ValueIn(ParseResult parsed) => parsed.GetValue(this) ?? "";

    public void Check(ParseResult parsed, Action<string> mistake) => Choice.Check(Name, parsed.GetValue(this), words, mistake);
}
