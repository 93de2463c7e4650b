using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;

namespace TaskRunner;

/// <summary>
/// Checks JSON that somebody hands in as text: exactly one value, at most <see cref="JsonDepth.Written"/> levels, valid UTF-8, no half of a surrogate pair. What
/// passes can be read by every reader of this program, by PostgreSQL and by other languages.
/// </summary>
internal static class JsonInput
{
    private static readonly JsonReaderOptions OneLevelMore = new() { MaxDepth = JsonDepth.Written + 1 };

    /// <summary>What is wrong with a text, as the end of a sentence; null when nothing is.</summary>
    public static string? Mistake(ReadOnlySpan<byte> json)
    {
        if (!Utf8.IsValid(json))
        {
            return string.Create(CultureInfo.InvariantCulture, $"invalid UTF-8 at byte {FirstInvalid(json)}");
        }

        var reader = new Utf8JsonReader(json, OneLevelMore);
        try
        {
            while (reader.Read())
            {
                switch (reader.TokenType)
                {
                    case JsonTokenType.StartArray or JsonTokenType.StartObject when reader.CurrentDepth >= JsonDepth.Written:
                        return $"more than {JsonDepth.Written} levels of arrays and objects, at {JsonPlace.Of(json, reader.TokenStartIndex)}";
                    case JsonTokenType.String or JsonTokenType.PropertyName when reader.ValueIsEscaped && HasHalfPair(reader.ValueSpan):
                        return $"half of a surrogate pair in the text at {JsonPlace.Of(json, reader.TokenStartIndex)}";
                    default:
                        break;
                }
            }

            return null;
        }
        catch (JsonException e)
        {
            return json.IsEmpty ? "it is empty" : "not valid JSON: " + e.Message.TrimEnd('.');
        }
    }

    /// <summary>The same for a value that was parsed: an element may hold half of a surrogate pair, and more levels than may be written.</summary>
    public static string? Mistake(JsonElement value) => value.ValueKind == JsonValueKind.Undefined ? "it is undefined" : Mistake(JsonMarshal.GetRawUtf8Value(value));

    /// <summary>Where half of a surrogate pair stands in JSON; null when there is none. For JSON that was read before.</summary>
    public static string? PlaceOfHalfPair(ReadOnlySpan<byte> json)
    {
        // Nearly no text has such an escape: one look that costs nothing.
        if (json.IndexOf("\\u"u8) < 0)
        {
            return null;
        }

        var reader = new Utf8JsonReader(json, JsonDepth.Any);
        while (reader.Read())
        {
            if (reader.TokenType is JsonTokenType.String or JsonTokenType.PropertyName && reader.ValueIsEscaped && HasHalfPair(reader.ValueSpan))
            {
                return JsonPlace.Of(json, reader.TokenStartIndex);
            }
        }

        return null;
    }

    private static bool HasHalfPair(ReadOnlySpan<byte> escaped)
    {
        for (var at = escaped.IndexOf((byte)'\\'); at >= 0;)
        {
            var length = 2;
            if (UnitAt(escaped[at..]) is { } unit)
            {
                length = 6;
                if (char.IsLowSurrogate(unit))
                {
                    return true;
                }

                if (char.IsHighSurrogate(unit))
                {
                    if (UnitAt(escaped[(at + 6)..]) is not { } second || !char.IsLowSurrogate(second))
                    {
                        return true;
                    }

                    length = 12;
                }
            }

            var next = escaped[(at + length)..].IndexOf((byte)'\\');
            at = next < 0 ? -1 : at + length + next;
        }

        return false;
    }

    /// <summary>The UTF-16 unit that an escape at the start stands for; null when there is no such escape.</summary>
    private static char? UnitAt(ReadOnlySpan<byte> text) =>
        text.Length >= 6 && text[0] == '\\' && text[1] == 'u' && ushort.TryParse(text.Slice(2, 4), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var unit)
            ? (char)unit
            : null;

    internal static int FirstInvalid(ReadOnlySpan<byte> text)
    {
        var at = 0;
        while (at < text.Length && Rune.DecodeFromUtf8(text[at..], out _, out var used) == System.Buffers.OperationStatus.Done)
        {
            at += used;
        }

        return at;
    }
}
