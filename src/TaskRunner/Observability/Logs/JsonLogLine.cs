using System.Buffers;
using System.Globalization;
using System.Text.Json;
using Microsoft.Extensions.Logging;

namespace TaskRunner.Observability;

/// <summary>One JSON object a line: timestamp, level, category, message, the fields of message and scopes, the exception, and <c>cut</c> when a part was too long.</summary>
internal sealed class JsonLogLine(TimeProvider time) : ILogLine
{
    private static readonly HashSet<string> Reserved = new(StringComparer.Ordinal) { "timestamp", "level", "category", "message", "exception", "cut", "{OriginalFormat}" };

    public byte[] Write<TState>(LogLevel level, string category, TState state, Exception? exception, Func<TState, Exception?, string> formatter, IExternalScopeProvider? scopes)
    {
        var buffer = new ArrayBufferWriter<byte>(512);
        using (var json = new Utf8JsonWriter(buffer))
        {
            var fields = new Fields(json);
            json.WriteStartObject();
            json.WriteString("timestamp"u8, time.GetUtcNow().ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture));
            json.WriteString("level"u8, LevelName(level));
            json.WriteString("category"u8, LogText.Cut(category, LogText.MostCategory, ref fields.IsCut));
            json.WriteString("message"u8, LogText.Cut(LogText.Message(state, exception, formatter), LogText.MostMessage, ref fields.IsCut));
            fields.Write(state);
            scopes?.ForEachScope(static (scope, fields) => fields.Write(scope), fields);
            if (exception is not null)
            {
                json.WriteString("exception"u8, LogText.Exception(exception, ref fields.IsCut));
            }

            if (fields.IsCut)
            {
                json.WriteBoolean("cut"u8, true);
            }

            json.WriteEndObject();
        }

        buffer.Write("\n"u8);
        return buffer.WrittenSpan.ToArray();
    }

    private static string LevelName(LogLevel level) => level switch
    {
        LogLevel.Trace => "trace",
        LogLevel.Debug => "debug",
        LogLevel.Information => "information",
        LogLevel.Warning => "warning",
        _ => "error",
    };

    /// <summary>Writes fields, the first one of a name, until their bytes are used up.</summary>
    private sealed class Fields(Utf8JsonWriter json)
    {
        private readonly HashSet<string> written = new(Reserved, StringComparer.Ordinal);
        private int left = LogText.MostFields;

        public bool IsCut;

        public void Write(object? state)
        {
            if (state is not IReadOnlyList<KeyValuePair<string, object?>> fields)
            {
                return;
            }

            try
            {
                foreach (var (name, value) in fields)
                {
                    Write(name, value);
                }
            }
            catch (Exception e) when (e is not OutOfMemoryException)
            {
                // The list is the application's own code.
                IsCut = true;
            }
        }

        private void Write(string name, object? value)
        {
            var field = JsonNamingPolicy.CamelCase.ConvertName(name);
            if (name.Length == 0 || !written.Add(field))
            {
                return;
            }

            left -= 8 + (6 * field.Length);
            if (left < 32)
            {
                IsCut = true;
                return;
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
                    var text = LogText.Cut(LogText.Value(value), left, ref IsCut);
                    left -= Math.Min(left, 6 * text.Length);
                    json.WriteString(field, text);
                    break;
            }
        }
    }
}
