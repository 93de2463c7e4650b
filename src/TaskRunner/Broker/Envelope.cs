using System.Buffers;
using System.Buffers.Text;
using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;

namespace TaskRunner.Broker;

/// <summary>
/// The wire form of a task: 32 lower-case hexadecimal digits of its id, one digit of priority, two digits of redeliveries, the options segment if it has
/// rules, then JSON. Scripts read all but the JSON; any language can write it. docs/wire-format.md is its description.
/// </summary>
internal static class Envelope
{
    /// <summary>Length of the fixed part.</summary>
    public const int HeaderLength = 35;

    /// <summary>Length of the id at the start.</summary>
    public const int IdLength = 32;

    /// <summary>Version written; a higher one is refused by the reader.</summary>
    public const int Version = 1;

    /// <summary>The last moment that a date can hold, ms since the Unix epoch.</summary>
    public const long LatestMilliseconds = 253402300799999;

    public static byte[] Write(TaskMessage message)
    {
        var buffer = new ArrayBufferWriter<byte>(HeaderLength + 96 + message.Arguments.Length);
        var header = buffer.GetSpan(HeaderLength);
        Utf8Formatter.TryFormat(message.Id, header, out _, 'N');
        header[32] = (byte)('0' + message.Priority);
        header[33] = (byte)('0' + (message.Redeliveries / 10 % 10));
        header[34] = (byte)('0' + (message.Redeliveries % 10));
        buffer.Advance(HeaderLength);
        if (message.Rules is { IsEmpty: false } rules)
        {
            EnvelopeOptions.Write(buffer, rules);
        }

        EnvelopeBody.Write(buffer, message);
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

        if (header[..IdLength].ContainsAnyInRange((byte)'A', (byte)'F'))
        {
            throw new EnvelopeException("The 32 hexadecimal digits of the id at the start of a message must be in lower case.");
        }

        if (Digit(header[32]) is not { } priority || Digit(header[33]) is not { } tens || Digit(header[34]) is not { } ones)
        {
            throw new EnvelopeException("After the id a message has one digit of priority and two digits of redeliveries.");
        }

        if (!Utf8.IsValid(header))
        {
            throw new EnvelopeException(string.Create(CultureInfo.InvariantCulture, $"The message is not valid UTF-8 at byte {JsonInput.FirstInvalid(header)}."));
        }

        var segment = EnvelopeOptions.Find(header);
        var body = new EnvelopeBody();
        TaskRules? rules;
        try
        {
            rules = segment.IsEmpty ? null : EnvelopeOptions.Read(segment);
            body.Read(bytes[(HeaderLength + segment.Length)..]);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException)
        {
            throw new EnvelopeException("The JSON of the message is not valid: " + e.Message, e);
        }

        if (body.Version > Version)
        {
            throw Newer(body.Version);
        }

        if (string.IsNullOrEmpty(body.Task))
        {
            throw new EnvelopeException("The JSON of the message has no \"task\".");
        }

        if (!TaskName.IsValid(body.Task))
        {
            throw new EnvelopeException($"The field \"task\" of the message is '{TextRule.Shown(body.Task)}': {TaskName.Rule}.");
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
            Rules = rules,
            KeepResult = body.Context.KeepResult,
            Trace = body.Context.Trace,
            Flow = body.Context.Flow,
            Input = body.Context.Input,
            IsHandedOn = body.Context.IsHandedOn,
        };
    }

    /// <summary>A message of a version that this program does not read.</summary>
    public static EnvelopeException Newer(int version) =>
        new(string.Create(CultureInfo.InvariantCulture, $"The message has version {version}; this worker reads up to {Version}. Update the worker.")) { NewerVersion = version };

    /// <summary>The id at the start of any message, also of one that cannot be read.</summary>
    public static string IdOf(ReadOnlySpan<byte> message) => Encoding.Latin1.GetString(message[..Math.Min(IdLength, message.Length)]);

    /// <summary>How often the message was taken back from a dead worker; 0 for one that cannot be read.</summary>
    public static int RedeliveriesOf(ReadOnlySpan<byte> message) =>
        message.Length >= HeaderLength && Digit(message[33]) is { } tens && Digit(message[34]) is { } ones ? (tens * 10) + ones : 0;

    internal static int? Digit(byte value) => value is >= (byte)'0' and <= (byte)'9' ? value - '0' : null;
}
