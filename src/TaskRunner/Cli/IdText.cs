using System.CommandLine;

namespace TaskRunner.Cli;

/// <summary>Ids as people type them: 32 hexadecimal digits, with or without dashes, in upper or lower case. They are printed with dashes, in lower case.</summary>
internal static class IdText
{
    public const string Rule = "an id has 32 hexadecimal digits, with or without dashes";

    /// <summary>Reads an id; null when the text is not one.</summary>
    public static Guid? Parse(string text) => text.Length switch
    {
        // The length is looked at first, since the parser passes over blanks.
        32 when Guid.TryParseExact(text, "N", out var id) => id,
        36 when Guid.TryParseExact(text, "D", out var id) => id,
        _ => null,
    };

    /// <summary>An id as the broker keeps it, in the form in which ids are printed; as it is when it is not an id.</summary>
    public static string Print(string brokerId) => Parse(brokerId) is { } id ? id.ToString() : brokerId;

    /// <summary>Notes a text that is not an id.</summary>
    public static void Check(string name, string text, Action<string> mistake)
    {
        if (Parse(text) is null)
        {
            mistake($"{name} is '{TerminalText.Quote(text)}': {Rule}.");
        }
    }
}

/// <summary>The argument <c>ID</c>.</summary>
internal sealed class IdArgument : Argument<string>, ICheckedValue
{
    public IdArgument(string description)
        : base("ID") => Description = description;

    /// <summary>The id.</summary>
    public Guid ValueIn(ParseResult parsed) => IdText.Parse(parsed.GetValue(this) ?? "") ?? Guid.Empty;

    public void Check(ParseResult parsed, Action<string> mistake) => IdText.Check(Name, parsed.GetValue(this) ?? "", mistake);
}

/// <summary>The argument <c>ID</c>, several times.</summary>
internal sealed class IdsArgument : Argument<string[]>, ICheckedValue
{
    public IdsArgument(string description, ArgumentArity arity)
        : base("ID")
    {
        Description = description;
        Arity = arity;
    }

    /// <summary>All ids, each once.</summary>
    public IReadOnlyList<Guid> ValuesIn(ParseResult parsed) => [.. (parsed.GetValue(this) ?? []).Select(text => IdText.Parse(text) ?? Guid.Empty).Distinct()];

    public void Check(ParseResult parsed, Action<string> mistake)
    {
        foreach (var text in parsed.GetValue(this) ?? [])
        {
            IdText.Check(Name, text, mistake);
        }
    }
}

/// <summary>A flag whose value is an id.</summary>
internal sealed class IdOption : Option<string?>, ICheckedValue
{
    public IdOption(string name, string description)
        : base(name) => Description = description;

    /// <summary>The id; null when the flag was not given.</summary>
    public Guid? ValueIn(ParseResult parsed) => parsed.GetValue(this) is { } text ? IdText.Parse(text) : null;

    public void Check(ParseResult parsed, Action<string> mistake)
    {
        if (parsed.GetValue(this) is { } text)
        {
            IdText.Check(Name, text, mistake);
        }
    }
}
