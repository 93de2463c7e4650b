using System.Globalization;

namespace TaskRunner.Beat;

/// <summary>Times of schedules as people write them: a whole number with a unit.</summary>
internal static class WholeDuration
{
    private static readonly (string Word, TimeSpan Length)[] Units =
    [
        ("d", TimeSpan.FromDays(1)),
        ("h", TimeSpan.FromHours(1)),
        ("m", TimeSpan.FromMinutes(1)),
        ("s", TimeSpan.FromSeconds(1)),
        ("ms", TimeSpan.FromMilliseconds(1)),
    ];

    /// <summary>Reads <c>500ms</c>, <c>30s</c>, <c>5m</c>, <c>1h</c>, <c>1d</c>.</summary>
    /// <exception cref="FormatException">The text is no such time, or one outside the limits; it says so with the name of what is read.</exception>
    public static TimeSpan Parse(string name, string text, TimeSpan least, TimeSpan most)
    {
        var digits = text.TakeWhile(char.IsAsciiDigit).Count();
        var unit = Array.Find(Units, unit => unit.Word == text[digits..]).Length;
        if (unit == TimeSpan.Zero || digits == 0)
        {
            throw new FormatException($"{name} '{text}': expected a whole number with a unit: 500ms, 30s, 5m, 1h or 1d");
        }

        // A number with more digits than that is over every limit.
        var number = digits <= 15 ? long.Parse(text.AsSpan(0, digits), CultureInfo.InvariantCulture) : long.MaxValue;
        return number <= most / unit && number * unit >= least
            ? number * unit
            : throw new FormatException($"{name} '{text}': it lasts {Print(least)} to {Print(most)}");
    }

    /// <summary>Writes a time with the largest unit that leaves a whole number.</summary>
    public static string Print(TimeSpan time)
    {
        var (word, length) = Units.First(unit => unit.Word == "ms" || (time.Ticks % unit.Length.Ticks == 0 && time > TimeSpan.Zero));
        return string.Create(CultureInfo.InvariantCulture, $"{time.Ticks / length.Ticks}{word}");
    }
}
