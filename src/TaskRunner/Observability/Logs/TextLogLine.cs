using System.Globalization;
using System.Text;
using Microsoft.Extensions.Logging;

namespace TaskRunner.Observability;

/// <summary>For people: time (UTC), level, category and message on one line; the exception below, indented. Control characters never reach the terminal.</summary>
internal sealed class TextLogLine(TimeProvider time) : ILogLine
{
    private const string Indent = "      ";

    public byte[] Write<TState>(LogLevel level, string category, TState state, Exception? exception, Func<TState, Exception?, string> formatter, IExternalScopeProvider? scopes)
    {
        var isCut = false;
        var text = new StringBuilder()
            .Append(time.GetUtcNow().ToString("HH:mm:ss.fff", CultureInfo.InvariantCulture)).Append(' ').Append(LevelName(level)).Append(' ');
        Append(text, LogText.Cut(category, LogText.MostCategory, ref isCut), lineFeed: " ");
        text.Append(": ");
        Append(text, LogText.Cut(LogText.Message(state, exception, formatter), LogText.MostMessage, ref isCut).ReplaceLineEndings("\n"), lineFeed: " ");
        text.Append('\n');
        if (exception is not null)
        {
            text.Append(Indent);
            Append(text, LogText.Exception(exception, ref isCut).ReplaceLineEndings("\n"), lineFeed: "\n" + Indent);
            text.Append('\n');
        }

        return Encoding.UTF8.GetBytes(text.ToString());
    }

    private static void Append(StringBuilder text, string part, string lineFeed)
    {
        foreach (var character in part)
        {
            if (character == '\n')
            {
                text.Append(lineFeed);
            }
            else if (char.IsControl(character))
            {
                text.Append(CultureInfo.InvariantCulture, $"\\u{(int)character:x4}");
            }
            else
            {
                text.Append(character);
            }
        }
    }

    private static string LevelName(LogLevel level) => level switch
    {
        LogLevel.Trace => "trace",
        LogLevel.Debug => "debug",
        LogLevel.Information => "info ",
        LogLevel.Warning => "warn ",
        _ => "error",
    };
}
