using System.Buffers;
using System.Buffers.Text;
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace TaskRunner.Broker;

/// <summary>
/// The wire form of a task: 32 hexadecimal digits of its id, one digit of priority, two digits of redeliveries, then JSON.
/// Scripts read the fixed part without parsing; any language can write it. docs/wire-format.md is its description.
/// </summary>
internal static class Envelope
{
    /// <summary>Length of the fixed part.</summary>
    public const int HeaderLength = 35;

    /// <summary>Length of the id at the start.</summary>
    public const int IdLength = 32;

    /// <summary>Version written; a higher one is refused by the reader.</summary>
    public const int Version = 1;

    private static readonly JsonReaderOptions ReaderOptions = new() { MaxDepth = 64 };

    public static byte[] Write(TaskMessage message)
    {
        var buffer = new ArrayBufferWriter<byte>(HeaderLength + 96 + message.Arguments.Length);
        var header = buffer.GetSpan(HeaderLength);
        Utf8Formatter.TryFormat(message.Id, header, out _, 'N');
        header[32] = (byte)('0' + message.Priority);
        header[33] = (byte)('0' + (message.Redeliveries / 10 % 10));
        header[34] = (byte)('0' + (message.Redeliveries % 10));
        buffer.Advance(HeaderLength);
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { SkipValidation = true }))
        {
            json.WriteStartObject();
            json.WriteNumber("v"u8, Version);
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

            json.WritePropertyName("args"u8);
            json.WriteRawValue(message.Arguments.Span, skipInputValidation: true);
            json.WriteEndObject();
        }

        return buffer.WrittenSpan.ToArray();
    }

    /// <exception cref="EnvelopeException">The bytes are not a message that this version reads.</exception>
    public static TaskMessage Read(ReadOnlyMemory<byte> bytes, string queue)
    {
        var header = bytes.Span;
        if (header.Length <= HeaderLength)
        {
            throw new EnvelopeException($"A message needs {HeaderLength} bytes of header and a JSON object; this one has {header.Length} bytes.");
        }

        if (!Utf8Parser.TryParse(header[..IdLength], out Guid id, out var used, 'N') || used != IdLength)
        {
            throw new EnvelopeException("A message starts with 32 hexadecimal digits, the id of the task.");
        }

        if (Digit(header[32]) is not { } priority || Digit(header[33]) is not { } tens || Digit(header[34]) is not { } ones)
        {
            throw new EnvelopeException("After the id a message has one digit of priority and two digits of redeliveries.");
        }

        var body = new Body();
        try
        {
            body.Read(bytes[HeaderLength..]);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException)
        {
            throw new EnvelopeException("The JSON of the message is not valid: " + e.Message, e);
        }

        if (body.Version > Version)
        {
            throw new EnvelopeException(string.Create(CultureInfo.InvariantCulture, $"The message has version {body.Version}; this worker reads up to {Version}. Update the worker."));
        }

        if (string.IsNullOrEmpty(body.Task))
        {
            throw new EnvelopeException("The JSON of the message has no \"task\".");
        }

        return new TaskMessage
        {
            Id = id,
            Task = body.Task,
            Queue = queue,
            Priority = priority,
            Redeliveries = (tens * 10) + ones,
            Arguments = body.Arguments,
            Attempt = body.Attempt,
            EnqueuedAt = DateTimeOffset.FromUnixTimeMilliseconds(body.EnqueuedAt),
            Schedule = body.Schedule,
        };
    }

    /// <summary>The id at the start of any message, also of one that cannot be read.</summary>
    public static string IdOf(ReadOnlySpan<byte> message) => Encoding.Latin1.GetString(message[..Math.Min(IdLength, message.Length)]);

    /// <summary>How often the message was taken back from a dead worker; 0 for one that cannot be read.</summary>
    public static int RedeliveriesOf(ReadOnlySpan<byte> message) =>
        message.Length >= HeaderLength && Digit(message[33]) is { } tens && Digit(message[34]) is { } ones ? (tens * 10) + ones : 0;

    private static int? Digit(byte value) => value is >= (byte)'0' and <= (byte)'9' ? value - '0' : null;

    /// <summary>The JSON part, field by field; unknown fields are passed over, so that a later version may add some.</summary>
    private sealed class Body
    {
        private const long LatestMilliseconds = 253402300799999;

        public int Version { get; private set; } = Envelope.Version;

        public string? Task { get; private set; }

        public long EnqueuedAt { get; private set; }

        public int Attempt { get; private set; }

        public string? Schedule { get; private set; }

        public ReadOnlyMemory<byte> Arguments { get; private set; } = "{}"u8.ToArray();

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
                else
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
}
