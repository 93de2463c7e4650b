using System.Globalization;

namespace TaskRunner.Tests.Beat.Oracle;

/// <summary>Draws five-field expressions with everything that people write: lists, ranges, steps, names, L and #.</summary>
internal static class RandomCron
{
    private static readonly string[] Months = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];

    private static readonly string[] Weekdays = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];

    public static string Draw(Random random) => string.Join(
        ' ',
        Field(random, 0, 59, []),
        Field(random, 0, 23, []),
        random.Next(12) == 0 ? "L" : random.Next(3) == 0 ? Field(random, 1, 31, []) : "*",
        random.Next(3) == 0 ? Field(random, 1, 12, Months) : "*",
        random.Next(3) == 0 ? Weekday(random) : "*");

    private static string Weekday(Random random) => random.Next(6) switch
    {
        0 => string.Create(CultureInfo.InvariantCulture, $"{random.Next(7)}#{random.Next(1, 6)}"),
        1 => string.Create(CultureInfo.InvariantCulture, $"{random.Next(7)}L"),
        _ => Field(random, 0, 6, Weekdays),
    };

    private static string Field(Random random, int min, int max, string[] names) =>
        string.Join(',', Enumerable.Range(0, random.Next(4) == 0 ? random.Next(2, 4) : 1).Select(_ => Piece(random, min, max, names)));

    private static string Piece(Random random, int min, int max, string[] names)
    {
        string Value(int value) => names.Length > 0 && random.Next(2) == 0 ? names[value - min] : value.ToString(CultureInfo.InvariantCulture);
        var from = random.Next(min, max + 1);
        var to = random.Next(from, max + 1);
        var step = random.Next(2, Math.Max(3, (max - min) / 2));
        return random.Next(8) switch
        {
            0 => "*",
            1 => $"*/{step}",
            2 when to > from => $"{Value(from)}-{Value(to)}/{step}",
            3 or 4 when to > from => $"{Value(from)}-{Value(to)}",
            5 => $"{from}/{step}",
            _ => Value(from),
        };
    }
}
