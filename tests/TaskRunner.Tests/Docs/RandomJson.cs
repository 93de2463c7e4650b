using System.Globalization;
using System.Text;

namespace TaskRunner.Tests.Docs;

/// <summary>Makes JSON values at random, and spells one value in many ways: order of keys, white space, escapes, numbers.</summary>
internal static class RandomJson
{
    private static readonly string[] Characters =
        ["a", "b", "Z", "0", " ", "\"", "\\", "/", "\b", "\f", "\n", "\r", "\t", "\u0001", "\u001f", "\u007f", "é", "e\u0301", "ß", "€", "\u2028", "\ue000", "\uffff", "😀", "𝄞", "<", "&", "+", "'"];

    private static readonly string[] Blanks = ["", "", "", " ", "\n", "\t ", "\r\n"];

    /// <summary>A value: null, a truth, a number (digits and a power of ten), a text, a list, or an object.</summary>
    public static object? Make(Random random, int levels) => random.Next(levels > 0 ? 8 : 5) switch
    {
        0 => null,
        1 => random.Next(2) == 0,
        2 or 3 => new Decimal(random.Next(2) == 0, random.Next(4) == 0 ? $"{random.NextInt64()}{random.NextInt64()}" : $"{random.Next(1000)}", random.Next(-12, 12)),
        4 => Text(random),
        5 => Enumerable.Range(0, random.Next(4)).Select(_ => Make(random, levels - 1)).ToList(),
        _ => Enumerable.Range(0, random.Next(5)).Select(_ => Text(random)).Distinct(StringComparer.Ordinal).ToDictionary(name => name, _ => Make(random, levels - 1), StringComparer.Ordinal),
    };

    /// <summary>One of its spellings.</summary>
    public static string Spell(object? value, Random random)
    {
        var text = new StringBuilder();
        Spell(text, value, random);
        return text.ToString();
    }

    private static void Spell(StringBuilder text, object? value, Random random)
    {
        text.Append(Pick(Blanks, random));
        switch (value)
        {
            case null:
                text.Append("null");
                break;
            case bool truth:
                text.Append(truth ? "true" : "false");
                break;
            case Decimal number:
                text.Append(number.Spell(random));
                break;
            case string characters:
                SpellText(text, characters, random);
                break;
            case List<object?> items:
                text.Append('[');
                for (var i = 0; i < items.Count; i++)
                {
                    text.Append(i == 0 ? "" : ",");
                    Spell(text, items[i], random);
                }

                text.Append(']');
                break;
            case Dictionary<string, object?> members:
                SpellObject(text, members, random);
                break;
            default:
                throw new ArgumentException("not a value", nameof(value));
        }

        text.Append(Pick(Blanks, random));
    }

    private static void SpellObject(StringBuilder text, Dictionary<string, object?> members, Random random)
    {
        var order = members.ToArray();
        random.Shuffle(order);
        text.Append('{');
        if (order.Length > 0 && random.Next(4) == 0)
        {
            // The last one of a name counts.
            SpellText(text, order[^1].Key, random);
            text.Append(":17,");
        }

        for (var i = 0; i < order.Length; i++)
        {
            text.Append(i == 0 ? "" : ",").Append(Pick(Blanks, random));
            SpellText(text, order[i].Key, random);
            text.Append(Pick(Blanks, random)).Append(':');
            Spell(text, order[i].Value, random);
        }

        text.Append('}');
    }

    private static void SpellText(StringBuilder text, string characters, Random random)
    {
        text.Append('"');
        foreach (var character in characters)
        {
            var isEscaped = character < ' ' || character is '"' or '\\';
            if (isEscaped || random.Next(3) == 0 || char.IsSurrogate(character))
            {
                // Halves of pairs stand together, so both are escaped.
                var code = ((int)character).ToString(random.Next(2) == 0 ? "x4" : "X4", CultureInfo.InvariantCulture);
                text.Append(random.Next(2) == 0 && "\"\\/\b\f\n\r\t".IndexOf(character, StringComparison.Ordinal) is >= 0 and var at ? "\\" + "\"\\/bfnrt"[at] : "\\u" + code);
            }
            else
            {
                text.Append(character);
            }
        }

        text.Append('"');
    }

    private static string Text(Random random) => string.Concat(Enumerable.Range(0, random.Next(4)).Select(_ => Pick(Characters, random)));

    private static string Pick(string[] from, Random random) => from[random.Next(from.Length)];

    private sealed record Decimal(bool IsNegative, string Digits, int Power)
    {
        public string Spell(Random random)
        {
            var digits = Digits + new string('0', random.Next(3));
            var power = Power - (digits.Length - Digits.Length);
            var point = random.Next(4) == 0 ? random.Next(1, digits.Length + 1) : digits.Length;
            power += digits.Length - point;
            var whole = digits[..point].TrimStart('0');
            var fraction = digits[point..];
            if (fraction.Length == 0 && random.Next(3) == 0)
            {
                fraction = "0";
            }

            var exponent = power == 0 && random.Next(2) == 0
                ? ""
                : (random.Next(2) == 0 ? "e" : "E") + (power >= 0 && random.Next(2) == 0 ? "+" : "") + (random.Next(3) == 0 && power >= 0 ? "0" : "") + power.ToString(CultureInfo.InvariantCulture);
            return (IsNegative ? "-" : "") + (whole.Length == 0 ? "0" : whole) + (fraction.Length == 0 ? "" : "." + fraction) + exponent;
        }
    }
}
