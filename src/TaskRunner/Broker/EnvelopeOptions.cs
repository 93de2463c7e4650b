using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace TaskRunner.Broker;

/// <summary>
/// The options segment between header and body, which a message has whose rules the broker keeps: a mark, four digits with the length of the JSON
/// that follows, a JSON object. Scripts replace the mark while a task moves, and read the options by the same rules (rules.lua); see docs/wire-format.md.
/// </summary>
internal static class EnvelopeOptions
{
    private const int PrefixLength = 5;

    // The script that enqueues puts the moment in here; it has as many digits until the year 2286.
    private const long UnknownMoment = 1_000_000_000_000;
    private const long LatestMoment = 9_999_999_999_999;

    // No time is meant by a number from here on: a later one would not be told from it by scripts, whose numbers are doubles.
    private const double EndOfMoments = 1e15;

    private static readonly string[] Names = ["e", "u", "um", "c", "cl", "r", "rl"];

    public static void Write(ArrayBufferWriter<byte> buffer, TaskRules rules)
    {
        var json = new ArrayBufferWriter<byte>(128);
        using (var writer = new Utf8JsonWriter(json, new JsonWriterOptions { SkipValidation = true }))
        {
            writer.WriteStartObject();
            if (rules.ExpiresAt is { } expires)
            {
                // First and of a fixed length: scripts find and replace it without parsing.
                writer.WriteNumber("e"u8, Math.Clamp(expires.ToUnixTimeMilliseconds(), UnknownMoment, LatestMoment));
            }

            if (rules.UniqueKey is not null)
            {
                writer.WriteString("u"u8, rules.UniqueKey);
                writer.WriteString("um"u8, rules.UniqueUntil == UniqueUntil.Start ? "start"u8 : "done"u8);
            }

            if (rules.ConcurrencyKey is not null)
            {
                writer.WriteString("c"u8, rules.ConcurrencyKey);
                writer.WriteNumber("cl"u8, rules.ConcurrencyLimit);
            }

            if (rules.RateKey is not null)
            {
                writer.WriteString("r"u8, rules.RateKey);
                writer.WriteString("rl"u8, rules.RateLimit.Wire);
            }

            writer.WriteEndObject();
        }

        buffer.Write(Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"+{json.WrittenCount:0000}")));
        buffer.Write(json.WrittenSpan);
    }

    /// <summary>The whole segment of a message, mark and length included; empty when it has none.</summary>
    /// <exception cref="EnvelopeException">There is a mark and no segment of that length behind it.</exception>
    public static ReadOnlySpan<byte> Find(ReadOnlySpan<byte> message)
    {
        if (!HasMark(message))
        {
            return [];
        }

        var length = LengthOf(message);
        return length is { } known && message.Length > Envelope.HeaderLength + known
            ? message.Slice(Envelope.HeaderLength, known)
            : throw new EnvelopeException("The options segment of the message needs four digits with its length, and that many bytes.");
    }

    /// <summary>The segment of a message for an acknowledgement; empty when it has none that can be read.</summary>
    public static ReadOnlyMemory<byte> Of(ReadOnlyMemory<byte> message) =>
        HasMark(message.Span) && LengthOf(message.Span) is { } length && message.Length > Envelope.HeaderLength + length ? message.Slice(Envelope.HeaderLength, length) : default;

    /// <exception cref="JsonException">It is not the JSON of a segment.</exception>
    /// <exception cref="EnvelopeException">A field is of a wrong type, given twice, or not allowed.</exception>
    public static TaskRules? Read(ReadOnlySpan<byte> segment)
    {
        var reader = new Utf8JsonReader(segment[PrefixLength..], JsonDepth.Reader);
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
        {
            throw new JsonException("the options are no object.");
        }

        var fields = default(EnvelopeFields);
        var rules = new TaskRules();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            rules = ReadField(ref reader, ref fields, rules);
        }

        if (reader.Read())
        {
            throw new JsonException("something follows the options.");
        }

        if (rules is { RateKey: not null, RateLimit.IsNone: true })
        {
            throw new EnvelopeException("The field \"r\" of the message needs the field \"rl\" beside it.");
        }

        return rules.IsEmpty ? null : rules;
    }

    private static TaskRules ReadField(ref Utf8JsonReader reader, ref EnvelopeFields fields, TaskRules rules)
    {
        var number = Array.IndexOf(Names, reader.GetString());
        if (number < 0)
        {
            reader.Read();
            reader.Skip();
            return rules;
        }

        var name = Names[number];
        fields.Add(number, name);
        return name switch
        {
            "e" => rules with { ExpiresAt = Moment(ref reader, name) },
            "u" => rules with { UniqueKey = Key(ref reader, name) },
            "um" => rules with { UniqueUntil = Until(ref reader, name) },
            "c" => rules with { ConcurrencyKey = Key(ref reader, name) },
            "cl" => rules with { ConcurrencyLimit = Limit(ref reader, name) },
            "r" => rules with { RateKey = Key(ref reader, name) },
            _ => rules with { RateLimit = Rate(ref reader, name) },
        };
    }

    private static DateTimeOffset? Moment(ref Utf8JsonReader reader, string field) => EnvelopeValue.Exact(ref reader, field) is not { } moment ? null
        : moment is >= 0 and < EndOfMoments ? DateTimeOffset.FromUnixTimeMilliseconds((long)Math.Min(moment, LatestMoment))
        : throw new EnvelopeException($"The field \"{field}\" of the message must be a time in milliseconds since the Unix epoch.");

    private static int Limit(ref Utf8JsonReader reader, string field) => EnvelopeValue.Exact(ref reader, field) is not { } limit ? 1
        : limit is >= 1 and <= TaskRules.HighestConcurrency && Math.Floor(limit) == limit ? (int)limit
        : throw new EnvelopeException($"The field \"{field}\" of the message must be a whole number from 1 to 1,000,000.");

    private static UniqueUntil Until(ref Utf8JsonReader reader, string field) => EnvelopeValue.Text(ref reader, field) switch
    {
        null or "done" => UniqueUntil.Done,
        "start" => UniqueUntil.Start,
        _ => throw new EnvelopeException($"The field \"{field}\" of the message must be done or start."),
    };

    private static RateLimit Rate(ref Utf8JsonReader reader, string field) => EnvelopeValue.Text(ref reader, field) is not { } text ? RateLimit.None
        : RateLimit.ParseWire(text) is { IsValid: true } limit ? limit
        : throw new EnvelopeException($"The field \"{field}\" of the message must be a count from 1 to 1,000,000, a slash and 1 to 2,592,000,000 milliseconds.");

    private static string? Key(ref Utf8JsonReader reader, string field)
    {
        var key = EnvelopeValue.Text(ref reader, field);
        return key is null || TaskRules.IsKey(key)
            ? key
            : throw new EnvelopeException($"The field \"{field}\" of the message is no key: {TaskRules.KeyRule}.");
    }

    private static bool HasMark(ReadOnlySpan<byte> message) =>
        message.Length > Envelope.HeaderLength && message[Envelope.HeaderLength] is (byte)'+' or (byte)'s' or (byte)'r' or (byte)'b';

    private static int? LengthOf(ReadOnlySpan<byte> message)
    {
        var length = 0;
        for (var i = 1; i < PrefixLength; i++)
        {
            if (message.Length <= Envelope.HeaderLength + i || Envelope.Digit(message[Envelope.HeaderLength + i]) is not { } digit)
            {
                return null;
            }

            length = (length * 10) + digit;
        }

        return PrefixLength + length;
    }
}
