using System.Text.Json;

namespace TaskRunner.Broker;

/// <summary>
/// What can still be told of a message that cannot be read: whose it is, and who waits for it. Looks at what was written first, so that nothing that was put
/// into a message behind its back decides.
/// </summary>
/// <param name="Id">Its id.</param>
internal sealed record EnvelopeRemains(Guid Id)
{
    /// <summary>The name in results of a message that names no type.</summary>
    public const string NoTask = "(unreadable)";

    /// <summary>Its type; <see cref="NoTask"/> when that cannot be read.</summary>
    public string Task { get; private init; } = NoTask;

    /// <summary>When it was enqueued; the epoch when that cannot be read.</summary>
    public DateTimeOffset EnqueuedAt { get; private init; } = DateTimeOffset.UnixEpoch;

    /// <summary>Attempts that failed before.</summary>
    public int Attempt { get; private init; }

    /// <summary>How long the broker keeps the result.</summary>
    public TimeSpan KeepResult { get; private init; }

    /// <summary>The flow that it belongs to; null for none, or when that cannot be read.</summary>
    public string? Flow { get; private init; }

    /// <summary>The version; 1 when that cannot be read.</summary>
    public int Version { get; private init; } = Envelope.Version;

    /// <summary>Looks; null when not even the id can be read.</summary>
    public static EnvelopeRemains? Of(ReadOnlyMemory<byte> message)
    {
        if (message.Length < Envelope.IdLength || !Guid.TryParseExact(Envelope.IdOf(message.Span), "N", out var id))
        {
            return null;
        }

        var remains = new EnvelopeRemains(id);
        if (BodyOf(message) is not { Length: > 0 } body)
        {
            return remains;
        }

        var names = new HashSet<string>(StringComparer.Ordinal);
        var reader = new Utf8JsonReader(body.Span, JsonDepth.Any);
        try
        {
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
            {
                return remains;
            }

            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                remains = remains.With(ref reader, names);
            }
        }
        catch (JsonException)
        {
            // What was read so far counts.
        }

        return remains;
    }

    private EnvelopeRemains With(ref Utf8JsonReader reader, HashSet<string> names)
    {
        var name = NameOf(ref reader);
        if (name is null || !names.Add(name))
        {
            reader.Read();
            reader.Skip();
            return this;
        }

        try
        {
            return name switch
            {
                "v" => this with { Version = (int)(EnvelopeValue.Number(ref reader, name, 0, int.MaxValue) ?? Envelope.Version) },
                "task" => EnvelopeValue.Text(ref reader, name) is { } task && TaskName.IsValid(task) ? this with { Task = task } : this,
                "at" => this with { EnqueuedAt = DateTimeOffset.FromUnixTimeMilliseconds(EnvelopeValue.Number(ref reader, name, 0, Envelope.LatestMilliseconds) ?? 0) },
                "attempt" => this with { Attempt = (int)(EnvelopeValue.Number(ref reader, name, 0, 1_000_000_000) ?? 0) },
                "keep" => this with { KeepResult = TimeSpan.FromMilliseconds(EnvelopeValue.Number(ref reader, name, 0, (long)TaskMessage.LongestKeep.TotalMilliseconds) ?? 0) },
                "flow" => this with { Flow = EnvelopeValue.Text(ref reader, name) },
                _ => Passed(ref reader),
            };
        }
        catch (EnvelopeException)
        {
            // The reader stands on the value, which may be an array or an object.
            reader.Skip();
            return this;
        }
    }

    private EnvelopeRemains Passed(ref Utf8JsonReader reader)
    {
        reader.Read();
        reader.Skip();
        return this;
    }

    private static string? NameOf(ref Utf8JsonReader reader)
    {
        try
        {
            return reader.GetString();
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }

    private static ReadOnlyMemory<byte> BodyOf(ReadOnlyMemory<byte> message)
    {
        try
        {
            return message.Length <= Envelope.HeaderLength ? default : message[(Envelope.HeaderLength + EnvelopeOptions.Find(message.Span).Length)..];
        }
        catch (EnvelopeException)
        {
            // The length of the options segment is wrong: nobody can say where the JSON begins.
            return default;
        }
    }
}
