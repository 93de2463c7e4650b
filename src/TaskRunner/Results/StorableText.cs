using System.Text;
using System.Text.RegularExpressions;

namespace TaskRunner.Results;

/// <summary>Replaces what PostgreSQL cannot store by U+FFFD: NUL characters and halves of surrogate pairs, plain or escaped in JSON.</summary>
internal static partial class StorableText
{
    /// <summary>Makes any text storable as <c>text</c>.</summary>
    public static string? Text(string? text)
    {
        if (text is null || !NeedsRepair(text))
        {
            return text;
        }

        var repaired = new StringBuilder(text.Length);
        foreach (var rune in text.EnumerateRunes())
        {
            repaired.Append(rune.Value == 0 ? Rune.ReplacementChar : rune);
        }

        return repaired.ToString();
    }

    /// <summary>Makes JSON text storable as <c>jsonb</c>, where escapes are decoded too.</summary>
    public static string? Json(string? json)
    {
        json = Text(json);
        return json is null || !json.Contains("\\u", StringComparison.Ordinal)
            ? json
            : Escapes().Replace(json, static match => match.Groups["bad"].Success ? @"\ufffd" : match.Value);
    }

    private static bool NeedsRepair(string text)
    {
        foreach (var character in text)
        {
            if (character == '\0' || char.IsSurrogate(character))
            {
                return true;
            }
        }

        return false;
    }

    // An escaped backslash and a whole surrogate pair are consumed first, so that what is left of \u0000 and \uD800 is bad.
    [GeneratedRegex(@"\\\\|\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|(?<bad>\\u0000|\\u[dD][89a-fA-F][0-9a-fA-F]{2})")]
    private static partial Regex Escapes();
}
