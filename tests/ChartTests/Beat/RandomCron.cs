using System.Globalization;

namespace ChartTests.Beat;

/// <summary>Draws cron expressions of everything that one may say; of many pieces one is a little out of bounds or in the wrong field.</summary>
internal static class RandomCron
{
    private static readonly string[] Months = ["JAN", "feb", "Mar", "APR", "MAY", "JUN", "jul", "AUG", "SEP", "OCT", "nov", "DEC"];

    private static readonly string[] Weekdays = ["SUN", "mon", "Tue", "WED", "THU", "FRI", "sat"];

    public static string Draw(Random random)
    {
        if (random.Next(40) == 0)
        {
            return Pick(random, "@hourly", "@Daily", " @midnight", "@weekly ", "@monthly", "@YEARLY", "@annually", "@reboot", "@", "@ daily");
        }

        List<string> fields =
        [
            Field(random, 0, 59, 60, []),
            Field(random, 0, 23, 24, []),
            Field(random, 1, 31, 31, [], Number(random, 1, 31) + "W", "L", "l", "LW", "wl", $"L-{Number(random, 1, 30)}", "?", $"?/{Number(random, 1, 31)}"),
            Field(random, 1, 12, 12, Months),
            Field(random, 0, 7, 7, Weekdays, $"{Value(random, 0, 7, Weekdays)}#{Number(random, 1, 5)}", $"{Value(random, 0, 7, Weekdays)}L", "?", $"?/{Number(random, 1, 7)}"),
        ];
        if (random.Next(3) == 0)
        {
            fields.Insert(0, Field(random, 0, 59, 60, []));
        }

        if (random.Next(30) == 0)
        {
            fields.Insert(random.Next(fields.Count), "1");
        }

        var blank = Pick(random, " ", " ", " ", "  ", "\t", " \u00a0", "\u2003");
        return Pick(random, "", "", blank) + string.Join(blank, fields) + Pick(random, "", "", blank);
    }

    private static string Field(Random random, int min, int max, int count, string[] names, params string[] special)
    {
        // A piece of another field now and then.
        string[] own = random.Next(60) == 0 ? ["L", "5W", "?", "FRI", "JAN", "5#3", "5L"] : special;
        return string.Join(',', Enumerable.Range(0, random.Next(4) == 0 ? random.Next(2, 4) : 1)
            .Select(_ => own.Length > 0 && random.Next(3) == 0 ? Pick(random, own) : Piece(random, min, max, count, names)));
    }

    private static string Piece(Random random, int min, int max, int count, string[] names)
    {
        var (from, to, step) = (Value(random, min, max, names), Value(random, min, max, names), Number(random, 1, count));
        return random.Next(8) switch
        {
            0 or 1 => "*",
            2 => $"*/{step}",
            3 => $"{from}-{to}/{step}",
            4 => $"{from}-{to}",
            5 => $"{from}/{step}",
            _ => from,
        };
    }

    private static string Value(Random random, int min, int max, string[] names) =>
        names.Length > 0 && random.Next(2) == 0 ? Pick(random, names) : Number(random, min, max);

    private static string Number(Random random, int min, int max)
    {
        var number = random.Next(40) == 0 ? Math.Max(0, Pick(random, min - 1, max + 1, max * 10)) : random.Next(min, max + 1);
        return number.ToString(random.Next(20) == 0 ? "0000" : "0", CultureInfo.InvariantCulture);
    }

    private static T Pick<T>(Random random, params T[] values) => values[random.Next(values.Length)];
}
