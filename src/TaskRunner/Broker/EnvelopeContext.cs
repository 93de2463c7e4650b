using System.Text.Json;

namespace TaskRunner.Broker;

/// <summary>The fields of a message's JSON that tell where a task comes from and what follows it. Most messages have none of them.</summary>
internal struct EnvelopeContext
{
    private static readonly TraceContext NoTrace = new("");

    public TimeSpan KeepResult { get; private set; }

    public TraceContext? Trace { get; private set; }

    public string? Flow { get; private set; }

    public ReadOnlyMemory<byte> Input { get; private set; }

    public static void Write(Utf8JsonWriter json, TaskMessage message)
    {
        if (message.KeepResult > TimeSpan.Zero)
        {
            json.WriteNumber("keep"u8, (long)message.KeepResult.TotalMilliseconds);
        }

        if (message.Trace is { } trace)
        {
            json.WriteString("traceparent"u8, trace.Parent);
            WriteText(json, "tracestate"u8, trace.State);
            WriteText(json, "baggage"u8, trace.Baggage);
            WriteText(json, "link"u8, trace.Link);
        }

        // A text, not an object: a script that passes it on would change it by reading and writing JSON.
        WriteText(json, "flow"u8, message.Flow);
        if (!message.Input.IsEmpty)
        {
            json.WritePropertyName("input"u8);
            json.WriteRawValue(message.Input.Span, skipInputValidation: true);
        }
    }

    /// <summary>Reads the field whose name the reader stands on, when it is one of these.</summary>
    public bool TryRead(ref Utf8JsonReader reader, ReadOnlyMemory<byte> json)
    {
        if (reader.ValueTextEquals("keep"u8))
        {
            reader.Read();
            KeepResult = TimeSpan.FromMilliseconds(Math.Clamp(reader.GetInt64(), 0, (long)TaskMessage.LongestKeep.TotalMilliseconds));
        }
        else if (reader.ValueTextEquals("traceparent"u8))
        {
            Trace = (Trace ?? NoTrace) with { Parent = ReadText(ref reader) ?? "" };
        }
        else if (reader.ValueTextEquals("tracestate"u8))
        {
            Trace = (Trace ?? NoTrace) with { State = ReadText(ref reader) };
        }
        else if (reader.ValueTextEquals("baggage"u8))
        {
            Trace = (Trace ?? NoTrace) with { Baggage = ReadText(ref reader) };
        }
        else if (reader.ValueTextEquals("link"u8))
        {
            Trace = (Trace ?? NoTrace) with { Link = ReadText(ref reader) };
        }
        else if (reader.ValueTextEquals("flow"u8))
        {
            Flow = ReadText(ref reader);
        }
        else if (reader.ValueTextEquals("input"u8))
        {
            reader.Read();
            var start = (int)reader.TokenStartIndex;
            reader.Skip();
            Input = json[start..(int)reader.BytesConsumed];
        }
        else
        {
            return false;
        }

        return true;
    }

    private static string? ReadText(ref Utf8JsonReader reader)
    {
        reader.Read();
        return reader.GetString();
    }

    private static void WriteText(Utf8JsonWriter json, ReadOnlySpan<byte> name, string? text)
    {
        if (text is not null)
        {
            json.WriteString(name, text);
        }
    }
}
