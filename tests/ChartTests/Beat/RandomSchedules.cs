using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;

namespace ChartTests.Beat;

/// <summary>Schedules that are right, nearly right and wrong.</summary>
internal static class RandomSchedules
{
    private const string Database = "/usr/share/zoneinfo";

    private static readonly (string Unit, long Milliseconds)[] Units = [("ms", 1), ("s", 1000), ("m", 60_000), ("h", 3_600_000), ("d", 86_400_000)];

    private static readonly long[] Limits = [1, 50, 1000, 86_400_000, 31_622_400_000];

    private static readonly string[] Optional = ["anchor", "timezone", "start", "end", "dstGap", "dstOverlap", "dayMatch", "jitter", "catchUp", "catchUpWindow", "catchUpLimit", "expires"];

    public static IEnumerable<JsonObject> All(Random random) => Timings(random).Select(schedule =>
    {
        schedule["task"] = "t";
        return schedule;
    });

    private static IEnumerable<JsonObject> Timings(Random random) =>
    [
        .. Many(2000, () => new() { ["cron"] = Mutated(random, RandomCron.Draw(random), 5) }),
        .. Durations(random).SelectMany<string, JsonObject>(text =>
        [
            new() { ["every"] = text },
            new() { ["every"] = "1m", ["jitter"] = text },
            new() { ["every"] = "1m", ["expires"] = text },
            new() { ["every"] = "1m", ["catchUp"] = "all", ["catchUpWindow"] = text },
        ]),
        .. Days().Select(text => new JsonObject { ["once"] = text }),
        .. Many(600, () => new() { ["once"] = Mutated(random, Instant(random), 5), ["timezone"] = "Asia/Tokyo" }),
        .. Many(600, () => Keys(random)),
        .. new[] { "UTC", "Utc", "America/New_York" }.Select(zone => new JsonObject { ["once"] = "9999-12-31T23:59", ["timezone"] = zone }),

        // Last, so that the database of a machine does not change what is drawn for the others.
        .. Zones().SelectMany<string, JsonObject>(text =>
        [
            new() { ["cron"] = "@daily", ["timezone"] = text },
            new() { ["cron"] = "@daily", ["timezone"] = Mutated(random, text, 2) },
        ]),
    ];

    private static IEnumerable<JsonObject> Many(int count, Func<JsonObject> draw) => Enumerable.Range(0, count).Select(_ => draw());

    /// <summary>Around every limit in every unit, with zeros in front, and anything else.</summary>
    private static IEnumerable<string> Durations(Random random) =>
    [
        .. from unit in Units
           from limit in Limits
           from off in new[] { -1, 0, 1 }
           from zeros in new[] { string.Empty, "000" }
           select zeros + Text(Math.Max(0, (limit / unit.Milliseconds) + off)) + unit.Unit,
        .. Enumerable.Range(0, 100).Select(_ => Mutated(random, Text(random.NextInt64(1L << random.Next(1, 50))) + Units[random.Next(Units.Length)].Unit, 4)),
    ];

    /// <summary>The ends of all months, of years that are leap years and years that are none.</summary>
    private static IEnumerable<string> Days() =>
        from year in new[] { "0000", "0004", "1900", "2000", "2022", "2024" }
        from month in Enumerable.Range(0, 14)
        from day in new[] { 0, 28, 29, 30, 31, 32 }
        select string.Create(CultureInfo.InvariantCulture, $"{year}-{month:00}-{day:00}");

    private static string Instant(Random random)
    {
        string Two(int most) => random.Next(most).ToString("00", CultureInfo.InvariantCulture);
        var text = new StringBuilder($"{random.Next(1000, 9998)}-01-{Two(32)}");
        if (random.Next(8) > 0)
        {
            text.Append(Pick(random, "T", "T", "T", " ", "  ")).Append(Two(25)).Append(':').Append(Two(61));
            text.Append(random.Next(2) > 0 ? $":{Two(61)}" : string.Empty).Append(random.Next(3) == 0 ? $".{Text(random.NextInt64(10_000_000))}" : string.Empty);
            text.Append(Pick(random, string.Empty, "Z", $"+{Two(16)}:{Two(61)}", $"-{Two(16)}{Two(61)}", $"+{random.Next(10)}:{Two(61)}", $"+{random.Next(1000)}"));
        }

        return text.ToString();
    }

    /// <summary>All files of the database; of its two copies, one that counts leap seconds, a few.</summary>
    private static IEnumerable<string> Zones() => Directory.EnumerateFiles(Database, "*", SearchOption.AllDirectories)
        .Select(file => Path.GetRelativePath(Database, file))
        .Where(name => !name.StartsWith("posix/", StringComparison.Ordinal) && !name.StartsWith("right/", StringComparison.Ordinal))
        .Order(StringComparer.Ordinal)
        .Concat(["posix/Europe/Berlin", "right/America/New_York", "utc", "uTC", "Europe//Berlin"]);

    /// <summary>Right values in any company.</summary>
    private static JsonObject Keys(Random random)
    {
        string[] kinds = random.Next(10) == 0 ? ["cron", "every"] : [Pick(random, "cron", "every", "once")];
        return new(kinds.Concat(Optional.Where(_ => random.Next(5) == 0)).Select(key => KeyValuePair.Create(key, Value(random, key))));
    }

    private static JsonNode? Value(Random random, string key) => key switch
    {
        "cron" => "@daily",
        "once" or "anchor" or "start" or "end" => Pick(random, "2030-01-01", "2030-01-02T03:04+01:00", "2031-01-01 05:06:07.8"),
        "timezone" => "Europe/Berlin",
        "dstGap" => Pick(random, "shift", "skip"),
        "dstOverlap" => Pick(random, "first", "last", "both"),
        "dayMatch" => Pick(random, "and", "or"),
        "catchUp" => Pick(random, "all", "all", "latest", "skip"),
        "catchUpLimit" => random.Next(1, 1001),
        _ => Pick(random, "1s", "90m", "1d"),
    };

    /// <summary>One text of so many gets another character somewhere, loses one or gains one.</summary>
    private static string Mutated(Random random, string text, int of)
    {
        if (random.Next(of) > 0 || text.Length == 0)
        {
            return text;
        }

        var (at, with) = (random.Next(text.Length), Pick(random, "0", "1", "9", "*", "/", "-", ",", "?", "L", "W", "#", "@", " ", "\t", "\u00a0", "\u3000", "é", "s", "S", "T", ":", ".", "+", "Z", "_"));
        return random.Next(3) switch
        {
            0 => text.Remove(at, 1),
            1 => text.Insert(at, with),
            _ => text.Remove(at, 1).Insert(at, with),
        };
    }

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);

    private static string Pick(Random random, params string[] texts) => texts[random.Next(texts.Length)];
}
