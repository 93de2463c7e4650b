using System.Text;
using TaskRunner.Loops;

namespace TaskRunner.Observability;

/// <summary>Bounds what others write into a log line, and takes it from them without an exception.</summary>
internal static class LogText
{
    /// <summary>Most bytes of a message.</summary>
    public const int MostMessage = 8 * 1024;

    /// <summary>Most bytes of an exception with its stack.</summary>
    public const int MostException = 16 * 1024;

    /// <summary>Most bytes of all fields of a line together.</summary>
    public const int MostFields = 8 * 1024;

    /// <summary>Most bytes of the name of a logger.</summary>
    public const int MostCategory = 512;

    private const int MostInner = 10;

    /// <summary>The start of a text that fits these many bytes, in JSON with all its escapes too; with a mark of how long it was.</summary>
    /// <param name="text">The text.</param>
    /// <param name="most">Most bytes without the mark.</param>
    /// <param name="isCut">Set when something was cut off; otherwise left alone.</param>
    public static string Cut(string text, int most, ref bool isCut)
    {
        if (text.Length * 6L <= most)
        {
            return text;
        }

        var (bytes, end) = (0, 0);
        while (end < text.Length)
        {
            var isPair = char.IsHighSurrogate(text[end]) && end + 1 < text.Length && char.IsLowSurrogate(text[end + 1]);
            bytes += isPair ? 12 : Cost(text[end]);
            if (bytes > most)
            {
                isCut = true;
                return $"{text.AsSpan(0, end)}… (cut, {text.Length} characters in all)";
            }

            end += isPair ? 2 : 1;
        }

        return text;
    }

    /// <summary>A message, from code that may throw.</summary>
    public static string Message<TState>(TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        try
        {
            return formatter(state, exception) ?? "";
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            return $"(a log message that cannot be formatted: {e.GetType().Name})";
        }
        catch (OutOfMemoryException)
        {
            return "(a log message that does not fit the memory)";
        }
    }

    /// <summary>The text of any value, from code that may throw.</summary>
    public static string Value(object? value)
    {
        try
        {
            return Convert.ToString(value, System.Globalization.CultureInfo.InvariantCulture) ?? "";
        }
        catch (Exception e) when (Survivable.Any(e))
        {
            return $"({value!.GetType().Name}, which cannot be formatted: {e.GetType().Name})";
        }
    }

    /// <summary>An exception with what is inside and its stack, at most <see cref="MostException"/> bytes. Long messages are cut before they are copied.</summary>
    public static string Exception(Exception exception, ref bool isCut)
    {
        var text = new StringBuilder();
        var inner = exception;
        for (var depth = 0; inner is not null && depth < MostInner; depth++, inner = inner.InnerException)
        {
            text.Append(depth == 0 ? "" : "\n ---> ").Append(inner.GetType().FullName);
            Append(text, ": ", inner, static e => e.Message, ref isCut);
            Append(text, "\n", inner, static e => e.StackTrace, ref isCut);
        }

        return Cut(text.ToString(), MostException, ref isCut);
    }

    private static void Append(StringBuilder text, string before, Exception exception, Func<Exception, string?> read, ref bool isCut)
    {
        try
        {
            if (read(exception) is { Length: > 0 } part)
            {
                text.Append(before).Append(Cut(part, MostException / 2, ref isCut));
            }
        }
        catch (Exception e) when (Survivable.Any(e))
        {
            text.Append(before).Append("(cannot be read: ").Append(e.GetType().Name).Append(')');
        }
    }

    // What JSON escapes takes six bytes.
    private static int Cost(char character) => character is >= ' ' and < '\u007f' and not ('"' or '\\' or '<' or '>' or '&' or '\'' or '+' or '`') ? 1 : 6;
}
