using System.Buffers;
using System.Text.Json;

namespace TaskRunner.Broker;

/// <summary>The JSON of a message, which is for workers only, field by field; unknown fields are passed over, so that a later version may add some.</summary>
internal sealed class EnvelopeBody
{
    private const long LatestMilliseconds = 253402300799999;

    private static readonly JsonReaderOptions ReaderOptions = new() { MaxDepth = 64 };

    private EnvelopeContext context;

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

    public void Read(ReadOnlyMemory<byte> json)
    {
        var reader = new Utf8JsonReader(json.Span, ReaderOptions);
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
        {
            throw new JsonException("it is not an object.");
        }

        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("v"u8))
            {
                Version = ReadNumber(ref reader);
            }
            else if (reader.ValueTextEquals("task"u8))
            {
                reader.Read();
                Task = reader.GetString();
            }
            else if (reader.ValueTextEquals("at"u8))
            {
                reader.Read();
                EnqueuedAt = Math.Clamp(reader.GetInt64(), 0, LatestMilliseconds);
            }
            else if (reader.ValueTextEquals("attempt"u8))
            {
                Attempt = Math.Max(0, ReadNumber(ref reader));
            }
            else if (reader.ValueTextEquals("schedule"u8))
            {
                reader.Read();
                Schedule = reader.GetString();
            }
            else if (reader.ValueTextEquals("args"u8))
            {
                reader.Read();
                var start = (int)reader.TokenStartIndex;
                reader.Skip();
                Arguments = json[start..(int)reader.BytesConsumed];
            }
            else if (!context.TryRead(ref reader, json))
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

    private static int ReadNumber(ref Utf8JsonReader reader)
    {
        reader.Read();
        return reader.GetInt32();
    }
}
