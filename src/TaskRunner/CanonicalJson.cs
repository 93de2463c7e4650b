using System.Buffers;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;

namespace TaskRunner;

/// <summary>
/// One form for all texts of the same JSON value, whoever wrote it and whatever stored it: no white space, keys in the order of their UTF-8 bytes, the last of
/// doubled keys, the fewest escapes, numbers by <see cref="CanonicalNumber"/>. Unique keys are made of it; docs/wire-format.md specifies it.
/// </summary>
internal static class CanonicalJson
{
    private static readonly byte[] Digits = "0123456789abcdef"u8.ToArray();

    /// <summary>The canonical form of one JSON value.</summary>
    /// <exception cref="JsonException">It is not JSON, or holds half of a surrogate pair.</exception>
    public static byte[] Of(ReadOnlyMemory<byte> json)
    {
        var buffer = new ArrayBufferWriter<byte>(Math.Max(16, json.Length));
        using var document = JsonDocument.Parse(json, JsonDepth.Document);
        try
        {
            Write(buffer, document.RootElement);
        }
        catch (InvalidOperationException e)
        {
            throw new JsonException("A text is not valid Unicode: " + e.Message, e);
        }

        return buffer.WrittenSpan.ToArray();
    }

    private static void Write(ArrayBufferWriter<byte> buffer, JsonElement value)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.Object:
                WriteObject(buffer, value);
                break;
            case JsonValueKind.Array:
                WriteArray(buffer, value);
                break;
            case JsonValueKind.String:
                WriteText(buffer, Encoding.UTF8.GetBytes(value.GetString()!));
                break;
            case JsonValueKind.Number:
                CanonicalNumber.Write(buffer, JsonMarshal.GetRawUtf8Value(value));
                break;
            default:
                buffer.Write(JsonMarshal.GetRawUtf8Value(value));
                break;
        }
    }

    private static void WriteObject(ArrayBufferWriter<byte> buffer, JsonElement value)
    {
        var members = new SortedDictionary<byte[], JsonElement>(ByteOrder);
        foreach (var member in value.EnumerateObject())
        {
            members[Encoding.UTF8.GetBytes(member.Name)] = member.Value;
        }

        var separator = (byte)'{';
        foreach (var (name, member) in members)
        {
            Write(buffer, separator);
            WriteText(buffer, name);
            Write(buffer, (byte)':');
            Write(buffer, member);
            separator = (byte)',';
        }

        buffer.Write(members.Count == 0 ? "{}"u8 : "}"u8);
    }

    private static void WriteArray(ArrayBufferWriter<byte> buffer, JsonElement value)
    {
        var separator = (byte)'[';
        foreach (var item in value.EnumerateArray())
        {
            Write(buffer, separator);
            Write(buffer, item);
            separator = (byte)',';
        }

        buffer.Write(separator == '[' ? "[]"u8 : "]"u8);
    }

    private static void WriteText(ArrayBufferWriter<byte> buffer, ReadOnlySpan<byte> text)
    {
        Write(buffer, (byte)'"');
        foreach (var character in text)
        {
            switch (character)
            {
                case (byte)'"' or (byte)'\\':
                    buffer.Write([(byte)'\\', character]);
                    break;
                case >= 0x20:
                    Write(buffer, character);
                    break;
                case (byte)'\b':
                    buffer.Write("\\b"u8);
                    break;
                case (byte)'\t':
                    buffer.Write("\\t"u8);
                    break;
                case (byte)'\n':
                    buffer.Write("\\n"u8);
                    break;
                case (byte)'\f':
                    buffer.Write("\\f"u8);
                    break;
                case (byte)'\r':
                    buffer.Write("\\r"u8);
                    break;
                default:
                    buffer.Write([(byte)'\\', (byte)'u', (byte)'0', (byte)'0', Digits[character >> 4], Digits[character & 15]]);
                    break;
            }
        }

        Write(buffer, (byte)'"');
    }

    private static void Write(ArrayBufferWriter<byte> buffer, byte single)
    {
        buffer.GetSpan(1)[0] = single;
        buffer.Advance(1);
    }

    private static readonly Comparer<byte[]> ByteOrder = Comparer<byte[]>.Create(static (left, right) => left.AsSpan().SequenceCompareTo(right));
}
