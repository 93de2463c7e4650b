using System.Buffers;
using System.Globalization;
using System.Numerics;
using System.Text;

namespace TaskRunner;

/// <summary>
/// One form for all spellings of a decimal number, without any loss: the digits without zeros at either end, then <c>e</c> and the power of ten when it is not
/// zero. <c>100</c>, <c>1e2</c> and <c>100.0</c> are <c>1e2</c>; <c>-0.0</c> is <c>0</c>. No number type decides: what differs in its 30th digit differs.
/// </summary>
internal static class CanonicalNumber
{
    // Longer exponents need arithmetic without bounds.
    private const int MostDigitsOfLong = 17;

    /// <param name="buffer">Where to.</param>
    /// <param name="text">A number as JSON spells it.</param>
    public static void Write(IBufferWriter<byte> buffer, ReadOnlySpan<byte> text)
    {
        var isNegative = text[0] == '-';
        text = isNegative ? text[1..] : text;
        var mark = text.IndexOfAny((byte)'e', (byte)'E');
        var mantissa = mark < 0 ? text : text[..mark];
        var point = mantissa.IndexOf((byte)'.');
        byte[] digits = point < 0 ? [.. mantissa] : [.. mantissa[..point], .. mantissa[(point + 1)..]];
        var significant = digits.AsSpan().TrimStart((byte)'0').TrimEnd((byte)'0');
        if (significant.IsEmpty)
        {
            buffer.Write("0"u8);
            return;
        }

        // How many powers of ten the digits lost at their end, less those behind the point.
        long shift = digits.Length - digits.AsSpan().TrimEnd((byte)'0').Length - (point < 0 ? 0 : mantissa.Length - point - 1);
        var exponent = Exponent(mark < 0 ? [] : text[(mark + 1)..], shift);
        if (isNegative)
        {
            buffer.Write("-"u8);
        }

        buffer.Write(significant);
        if (exponent != "0")
        {
            buffer.Write(Encoding.ASCII.GetBytes("e" + exponent));
        }
    }

    private static string Exponent(ReadOnlySpan<byte> text, long shift)
    {
        if (text.Length <= MostDigitsOfLong)
        {
            return ((text.IsEmpty ? 0 : long.Parse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture)) + shift).ToString(CultureInfo.InvariantCulture);
        }

        return (BigInteger.Parse(Encoding.ASCII.GetString(text), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture) + shift).ToString(CultureInfo.InvariantCulture);
    }
}
