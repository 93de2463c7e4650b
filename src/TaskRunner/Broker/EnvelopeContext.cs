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

    public bool IsHandedOn { get; private set; }

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
        if (message.IsHandedOn)
        {
            json.WriteBoolean("handed"u8, true);
        }

        if (!message.Input.IsEmpty)
        {
            json.WritePropertyName("input"u8);
            json.WriteRawValue(message.Input.Span, skipInputValidation: true);
        }
    }

    /// <summary>Reads the field whose name the reader stands on, when it is one of these.</summary>
    /// <exception cref="EnvelopeException">It is of a wrong type, or given twice.</exception>
    public bool TryRead(ref Utf8JsonReader reader, ReadOnlyMemory<byte> json, ref EnvelopeFields fields)
    {
        if (reader.ValueTextEquals("keep"u8))
        {
            fields.Add(8, "keep");
            KeepResult = TimeSpan.FromMilliseconds(EnvelopeValue.Number(ref reader, "keep", 0, (long)TaskMessage.LongestKeep.TotalMilliseconds) ?? 0);
        }
        else if (reader.ValueTextEquals("traceparent"u8))
        {
            fields.Add(9, "traceparent");
            Trace = (Trace ?? NoTrace) with { Parent = EnvelopeValue.Text(ref reader, "traceparent") ?? "" };
        }
        else if (reader.ValueTextEquals("tracestate"u8))
        {
            fields.Add(10, "tracestate");
            Trace = (Trace ?? NoTrace) with { State = EnvelopeValue.Text(ref reader, "tracestate") };
        }
        else if (reader.ValueTextEquals("baggage"u8))
        {
            fields.Add(11, "baggage");
            Trace = (Trace ?? NoTrace) with { Baggage = EnvelopeValue.Text(ref reader, "baggage") };
        }
        else if (reader.ValueTextEquals("link"u8))
        {
            fields.Add(12, "link");
            Trace = (Trace ?? NoTrace) with { Link = EnvelopeValue.Text(ref reader, "link") };
        }
        else if (reader.ValueTextEquals("flow"u8))
        {
            fields.Add(13, "flow");
            Flow = EnvelopeValue.Text(ref reader, "flow");
        }
        else if (reader.ValueTextEquals("input"u8))
        {
            fields.Add(14, "input");
            Input = EnvelopeValue.Raw(ref reader, json);
        }
        else if (reader.ValueTextEquals("handed"u8))
        {
            fields.Add(15, "handed");
            IsHandedOn = EnvelopeValue.Truth(ref reader, "handed");
        }
        else
        {
            return false;
        }

        return true;
    }

    private static void WriteText(Utf8JsonWriter json, ReadOnlySpan<byte> name, string? text)
    {
        if (text is not null)
        {
            json.WriteString(name, text);
        }
    }
}
