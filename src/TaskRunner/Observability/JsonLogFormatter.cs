using System.Buffers;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;

namespace TaskRunner.Observability;

/// <summary>One JSON object a line: timestamp, level, category, message, the fields of message and scopes, and the exception.</summary>
internal sealed class JsonLogFormatter(TimeProvider time) : ConsoleFormatter(FormatterName)
{
    public const string FormatterName = "taskrunner-json";

    private static readonly HashSet<string> Reserved = new(StringComparer.Ordinal) { "timestamp", "level", "category", "message", "exception", "{OriginalFormat}" };

    public override void Write<TState>(in LogEntry<TState> logEntry, IExternalScopeProvider? scopeProvider, TextWriter textWriter)
    {
        var buffer = new ArrayBufferWriter<byte>(256);
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("timestamp", time.GetUtcNow().ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", System.Globalization.CultureInfo.InvariantCulture));
            json.WriteString("level", LevelName(logEntry.LogLevel));
            json.WriteString("category", logEntry.Category);
            json.WriteString("message", logEntry.Formatter(logEntry.State, logEntry.Exception));
            var written = new HashSet<string>(Reserved, StringComparer.Ordinal);
            WriteFields(json, logEntry.State, written);
            scopeProvider?.ForEachScope((scope, state) => WriteFields(state.json, scope, state.written), (json, written));
            if (logEntry.Exception is { } exception)
            {
                json.WriteString("exception", exception.ToString());
            }

            json.WriteEndObject();
        }

        textWriter.WriteLine(Encoding.UTF8.GetString(buffer.WrittenSpan));
    }

    private static void WriteFields(Utf8JsonWriter json, object? state, HashSet<string> written)
    {
        if (state is not IReadOnlyList<KeyValuePair<string, object?>> fields)
        {
            return;
        }

        foreach (var (name, value) in fields)
        {
            var field = JsonNamingPolicy.CamelCase.ConvertName(name);
            if (name.Length == 0 || !written.Add(field))
            {
                continue;
            }

            switch (value)
            {
                case int number:
                    json.WriteNumber(field, number);
                    break;
                case long number:
                    json.WriteNumber(field, number);
                    break;
                case double number when double.IsFinite(number):
                    json.WriteNumber(field, number);
                    break;
                case bool truth:
                    json.WriteBoolean(field, truth);
                    break;
                default:
                    json.WriteString(field, Convert.ToString(value, System.Globalization.CultureInfo.InvariantCulture));
                    break;
            }
        }
    }

    private static string LevelName(LogLevel level) => level switch
    {
        LogLevel.Trace => "trace",
        LogLevel.Debug => "debug",
        LogLevel.Information => "information",
        LogLevel.Warning => "warning",
        _ => "error",
    };
}
