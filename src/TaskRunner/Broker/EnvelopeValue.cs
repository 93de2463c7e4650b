using System.Text.Json;

namespace TaskRunner.Broker;

/// <summary>
/// Reads the value of one field of a message, whose name the reader stands on. A null counts as an absent field. A number may have a fraction, which is cut
/// towards minus infinity; what is of another type, or not finite, makes the message unreadable, and the sentence names the field.
/// </summary>
internal static class EnvelopeValue
{
    /// <param name="reader">Stands on the name.</param>
    /// <param name="field">The name, for the sentence.</param>
    /// <param name="least">Smaller numbers count as this one.</param>
    /// <param name="most">Larger numbers count as this one.</param>
    /// <returns>Null when the value is null.</returns>
    /// <exception cref="EnvelopeException">It is not a number, or not finite.</exception>
    public static long? Number(ref Utf8JsonReader reader, string field, long least, long most)
    {
        reader.Read();
        if (reader.TokenType == JsonTokenType.Null)
        {
            return null;
        }

        if (reader.TokenType != JsonTokenType.Number)
        {
            throw Wrong(field, "a number", reader.TokenType);
        }

        if (reader.TryGetInt64(out var whole))
        {
            return Math.Clamp(whole, least, most);
        }

        // Within the bounds of a long: the clamp comes before the conversion.
        return reader.TryGetDouble(out var number) && double.IsFinite(number)
            ? number >= most ? most : number <= least ? least : (long)Math.Floor(number)
            : throw new EnvelopeException($"The field \"{field}\" of the message must be a finite number.");
    }

    /// <summary>A number as it is written, for a field that takes no nearest one.</summary>
    /// <param name="reader">Stands on the name.</param>
    /// <param name="field">The name, for the sentence.</param>
    /// <returns>Null when the value is null.</returns>
    /// <exception cref="EnvelopeException">It is not a number, or not finite.</exception>
    public static double? Exact(ref Utf8JsonReader reader, string field)
    {
        reader.Read();
        return reader.TokenType switch
        {
            JsonTokenType.Null => null,
            JsonTokenType.Number when reader.TryGetDouble(out var number) && double.IsFinite(number) => number,
            JsonTokenType.Number => throw new EnvelopeException($"The field \"{field}\" of the message must be a finite number."),
            _ => throw Wrong(field, "a number", reader.TokenType),
        };
    }

    /// <returns>Null when the value is null.</returns>
    /// <exception cref="EnvelopeException">It is not a text, or not one of whole characters.</exception>
    public static string? Text(ref Utf8JsonReader reader, string field)
    {
        reader.Read();
        if (reader.TokenType == JsonTokenType.Null)
        {
            return null;
        }

        if (reader.TokenType != JsonTokenType.String)
        {
            throw Wrong(field, "a text", reader.TokenType);
        }

        try
        {
            return reader.GetString();
        }
        catch (InvalidOperationException e)
        {
            throw new EnvelopeException($"The field \"{field}\" of the message holds half of a surrogate pair.", e);
        }
    }

    /// <returns>False when the value is null.</returns>
    /// <exception cref="EnvelopeException">It is neither true nor false.</exception>
    public static bool Truth(ref Utf8JsonReader reader, string field)
    {
        reader.Read();
        return reader.TokenType is JsonTokenType.True or JsonTokenType.False or JsonTokenType.Null
            ? reader.TokenType == JsonTokenType.True
            : throw Wrong(field, "true or false", reader.TokenType);
    }

    /// <summary>The bytes of any JSON value.</summary>
    public static ReadOnlyMemory<byte> Raw(ref Utf8JsonReader reader, ReadOnlyMemory<byte> json)
    {
        reader.Read();
        var start = (int)reader.TokenStartIndex;
        reader.Skip();
        return json[start..(int)reader.BytesConsumed];
    }

    private static EnvelopeException Wrong(string field, string expected, JsonTokenType found) => new(
        $"The field \"{field}\" of the message must be {expected}, not {found switch
        {
            JsonTokenType.StartObject => "an object",
            JsonTokenType.StartArray => "an array",
            JsonTokenType.String => "a text",
            JsonTokenType.Number => "a number",
            _ => "true or false",
        }}.");
}
