using System.Globalization;

namespace TaskRunner;

/// <summary>
/// How many tasks may start in a span of time, in the whole cluster. Starts are spread evenly: 60 a minute is one a second. What was not used
/// for a while may be caught up with at once, up to a tenth of the count.
/// </summary>
/// <param name="Count">Starts, 1 to 1,000,000.</param>
/// <param name="Per">The span of time, 1 ms to 30 days, in whole milliseconds.</param>
public readonly record struct RateLimit(int Count, TimeSpan Per)
{
    internal const string Rule = "a rate is a number, a slash and s, m, h or d or a time, for example 10/s, 100/m or 5/250ms";

    private static readonly TimeSpan Longest = TimeSpan.FromDays(30);

    /// <summary>No limit; as an override it lifts the limit that the program's code sets.</summary>
    public static RateLimit None => default;

    /// <summary>Whether this is <see cref="None"/>.</summary>
    public bool IsNone => Count == 0;

    internal bool IsValid => Count is > 0 and <= 1_000_000 && Per >= TimeSpan.FromMilliseconds(1) && Per <= Longest;

    /// <summary>As in messages and keys: count, slash, milliseconds.</summary>
    internal string Wire => string.Create(CultureInfo.InvariantCulture, $"{Count}/{(long)Per.TotalMilliseconds}");

    /// <summary>Reads what people type: <c>10/s</c>, <c>100/m</c>, <c>5/250ms</c>.</summary>
    /// <returns>Null when the text is no rate.</returns>
    public static RateLimit? Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var slash = text.IndexOf('/', StringComparison.Ordinal);
        if (slash < 0 || !int.TryParse(text.AsSpan(0, slash), NumberStyles.None, CultureInfo.InvariantCulture, out var count))
        {
            return null;
        }

        var unit = text[(slash + 1)..];
        var per = ParseTime(unit) ?? ParseTime("1" + unit);
        return per is { } span && new RateLimit(count, span) is { IsValid: true } limit ? limit : null;
    }

    /// <summary>As people type it.</summary>
    public override string ToString()
    {
        if (IsNone)
        {
            return "none";
        }

        var per = Per;
        var (name, length) = Units.First(unit => per.Ticks % unit.Length.Ticks == 0);
        return string.Create(CultureInfo.InvariantCulture, $"{Count}/{(per == length ? name : $"{per / length:0}{name}")}");
    }

    internal static RateLimit? ParseWire(string text)
    {
        // Digits and one slash only: parsing alone would pass over NULs at an end.
        var slash = text.IndexOf('/', StringComparison.Ordinal);
        return slash > 0
            && text.All(c => char.IsAsciiDigit(c) || c == '/')
            && int.TryParse(text.AsSpan(0, slash), NumberStyles.None, CultureInfo.InvariantCulture, out var count)
            && long.TryParse(text.AsSpan(slash + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var milliseconds)
            && milliseconds <= Longest.TotalMilliseconds
                ? new RateLimit(count, TimeSpan.FromMilliseconds(milliseconds))
                : null;
    }

    private static (string Name, TimeSpan Length)[] Units =>
    [
        ("d", TimeSpan.FromDays(1)), ("h", TimeSpan.FromHours(1)), ("m", TimeSpan.FromMinutes(1)), ("s", TimeSpan.FromSeconds(1)), ("ms", TimeSpan.FromMilliseconds(1)),
    ];

    private static TimeSpan? ParseTime(string text)
    {
        foreach (var (name, length) in Units.Reverse())
        {
            if (text.EndsWith(name, StringComparison.Ordinal) && int.TryParse(text.AsSpan(0, text.Length - name.Length), NumberStyles.None, CultureInfo.InvariantCulture, out var number)
                && number <= Longest / length)
            {
                return number * length;
            }
        }

        return null;
    }
}
