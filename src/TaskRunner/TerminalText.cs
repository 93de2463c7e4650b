using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;

namespace TaskRunner;

/// <summary>
/// Text of producers, users and stores as a terminal may get it. Characters that would move the cursor, change colours or titles, or turn the direction of
/// writing are replaced by what they are, for example <c>\u001b</c>: nobody who can put a task into a queue writes on the screen of those who look at it.
/// </summary>
internal static class TerminalText
{
    /// <summary>The text on one line: line breaks and tabs are replaced, too. For cells of tables and for messages that quote a value.</summary>
    [return: NotNullIfNotNull(nameof(text))]
    public static string? OneLine(string? text) => Replace(text, keepsLines: false);

    /// <summary>The text with its line breaks and tabs. For what has lines of its own, for example the stack of an error.</summary>
    [return: NotNullIfNotNull(nameof(text))]
    public static string? Lines(string? text) => Replace(text, keepsLines: true);

    /// <summary>A value for a message: on one line, and shortened where it is longer than 100 characters.</summary>
    public static string Quote(string text)
    {
        const int most = 100;
        return OneLine(text.Length > most ? string.Concat(text.AsSpan(0, char.IsHighSurrogate(text[most - 1]) ? most - 1 : most), "…") : text);
    }

    /// <summary>Whether text, or a part of it that is written alone, holds a character that is to be replaced.</summary>
    internal static bool NeedsReplacing(ReadOnlySpan<char> text, bool keepsLines)
    {
        for (var i = 0; i < text.Length; i++)
        {
            if (IsHostile(text, i, keepsLines))
            {
                return true;
            }
        }

        return false;
    }

    private static string? Replace(string? text, bool keepsLines)
    {
        if (text is null || !NeedsReplacing(text, keepsLines))
        {
            return text;
        }

        var clean = new StringBuilder(text.Length + 16);
        for (var i = 0; i < text.Length; i++)
        {
            _ = (IsHostile(text, i, keepsLines), text[i]) switch
            {
                (false, var c) => clean.Append(c),
                (_, '\n') => clean.Append("\\n"),
                (_, '\r') => clean.Append("\\r"),
                (_, '\t') => clean.Append("\\t"),
                (_, var c) => clean.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}"),
            };
        }

        return clean.ToString();
    }

    private static bool IsHostile(ReadOnlySpan<char> text, int i, bool keepsLines) => text[i] switch
    {
        '\n' or '\t' => !keepsLines,
        '\r' => !keepsLines || i + 1 >= text.Length || text[i + 1] != '\n',
        < ' ' or (>= '\u007f' and <= '\u009f') => true,

        // Marks, overrides and isolates of direction; separators of lines; a byte order mark; annotations.
        '\u061c' or '\u200e' or '\u200f' or (>= '\u2028' and <= '\u202e') or (>= '\u2066' and <= '\u2069') or '\ufeff' or (>= '\ufff9' and <= '\ufffb') => true,
        >= '\ud800' and <= '\udbff' => i + 1 >= text.Length || !char.IsLowSurrogate(text[i + 1]),
        >= '\udc00' and <= '\udfff' => i == 0 || !char.IsHighSurrogate(text[i - 1]),
        _ => false,
    };
}
