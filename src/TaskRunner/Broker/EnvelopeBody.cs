using System.Buffers;
using System.Text.Json;

namespace TaskRunner.Broker;

/// <summary>The JSON of a message, which is for workers only, field by field; unknown fields are passed over, so that a later version may add some.</summary>
internal sealed class EnvelopeBody
{
    // Room for one more failure, and for what adds to it.
    private const int MostAttempts = 1_000_000_000;

    private EnvelopeContext context;
    private EnvelopeFields fields;

    public EnvelopeContext Context => context;

    public int Version { get; private set; } = Envelope.Version;

    public string? Task { get; private set; }

    public long EnqueuedAt { get; private set; }

    public int Attempt { get; private set; }

    public string? Schedule { get; private set; }

    public ReadOnlyMemory<byte> Arguments { get; private set; } = "{}"u8.ToArray();

    public static void Write(ArrayBufferWriter<byte> buffer, TaskMessage message)
    {
        using var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { SkipValidation = true });
        json.WriteStartObject();
        json.WriteNumber("v"u8, Envelope.Version);
        json.WriteString("task"u8, message.Task);
        json.WriteNumber("at"u8, message.EnqueuedAt.ToUnixTimeMilliseconds());
        if (message.Attempt > 0)
        {
            json.WriteNumber("attempt"u8, message.Attempt);
        }

        if (message.Schedule is not null)
        {
            json.WriteString("schedule"u8, message.Schedule);
        }

        EnvelopeContext.Write(json, message);
        json.WritePropertyName("args"u8);
        json.WriteRawValue(message.Arguments.Span, skipInputValidation: true);
        json.WriteEndObject();
    }

    /// <exception cref="EnvelopeException">A field is of a wrong type, or given twice.</exception>
    /// <exception cref="JsonException">It is not one JSON object.</exception>
    public void Read(ReadOnlyMemory<byte> json)
    {
        var reader = new Utf8JsonReader(json.Span, JsonDepth.Reader);
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
        {
            throw new JsonException("it is not an object.");
        }

        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (!TryRead(ref reader, json) && !context.TryRead(ref reader, json, ref fields))
            {
                reader.Read();
                reader.Skip();
            }
        }

        if (reader.Read())
        {
            throw new JsonException("something follows the object.");
        }
    }

    private bool TryRead(ref Utf8JsonReader reader, ReadOnlyMemory<byte> json)
    {
        if (reader.ValueTextEquals("v"u8))
        {
            fields.Add(0, "v");
            Version = (int)(EnvelopeValue.Number(ref reader, "v", 0, int.MaxValue) ?? Envelope.Version);
        }
        else if (reader.ValueTextEquals("task"u8))
        {
            fields.Add(1, "task");
            Task = EnvelopeValue.Text(ref reader, "task");
        }
        else if (reader.ValueTextEquals("at"u8))
        {
            fields.Add(2, "at");
            EnqueuedAt = EnvelopeValue.Number(ref reader, "at", 0, Envelope.LatestMilliseconds) ?? 0;
        }
        else if (reader.ValueTextEquals("args"u8))
        {
            fields.Add(3, "args");
            Arguments = EnvelopeValue.Raw(ref reader, json);
        }
        else if (reader.ValueTextEquals("attempt"u8))
        {
            fields.Add(4, "attempt");
            Attempt = (int)(EnvelopeValue.Number(ref reader, "attempt", 0, MostAttempts) ?? 0);
        }
        else if (reader.ValueTextEquals("schedule"u8))
        {
            fields.Add(5, "schedule");
            Schedule = EnvelopeValue.Text(ref reader, "schedule");
        }
        else
        {
            return false;
        }

        return true;
    }
}
