using System.CommandLine;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using TaskRunner.Beat;
using TaskRunner.Configuration;

namespace TaskRunner.Cli.Schedules;

/// <summary>The flags that say what a schedule is: one for each key of the schedules file.</summary>
internal sealed class ScheduleFlags
{
    private static readonly Dictionary<string, string> Descriptions = new(StringComparer.Ordinal)
    {
        [ScheduleKeys.Cron] = "Cron expression with 5 fields, or 6 with the second in front",
        [ScheduleKeys.Every] = "Interval, for example 30s",
        [ScheduleKeys.Once] = "A single time, for example 2030-01-31T09:00",
        [ScheduleKeys.Anchor] = "Instant that --every counts from (default: 1970-01-01T00:00Z)",
        [ScheduleKeys.Timezone] = "Time zone of --cron and of times without an offset (default: UTC)",
        [ScheduleKeys.Start] = "No tick before this time",
        [ScheduleKeys.End] = "No tick after this time",
        [ScheduleKeys.Jitter] = "Spread tasks over this time, for example 30s",
        [ScheduleKeys.DstGap] = "Fixed times that a day lacks: shift or skip (default: shift)",
        [ScheduleKeys.DstOverlap] = "Fixed times that a day has twice: first, last or both (default: first)",
        [ScheduleKeys.DayMatch] = "Day of month and day of week: and, or (default: and)",
        [ScheduleKeys.Task] = "Task to enqueue",
        [ScheduleKeys.Queue] = "Queue (default: that of its route, else default)",
        [ScheduleKeys.Priority] = "0 (lowest) to 9 (highest) (default: that of its route, else 5)",
        [ScheduleKeys.Arguments] = "Arguments as a JSON object",
        [ScheduleKeys.Enabled] = "true or false",
        [ScheduleKeys.CatchUp] = "Missed ticks: skip, latest or all (default: latest)",
        [ScheduleKeys.CatchUpWindow] = "With --catch-up all: how far back (default: 1h)",
        [ScheduleKeys.CatchUpLimit] = "With --catch-up all: how many (default: 10)",
        [ScheduleKeys.Overlap] = "While the last task is not finished: allow, skip, buffer or cancel (default: allow)",
        [ScheduleKeys.Expires] = "Drop a task that has not started this long after its tick",
        [ScheduleKeys.Description] = "A sentence for people",
    };

    private readonly Dictionary<string, Option<string?>> options =
        ScheduleKeys.All.ToDictionary(key => key, key => new Option<string?>(Flag(key)) { Description = Descriptions[key] }, StringComparer.Ordinal);

    public IEnumerable<Option> Options => options.Values;

    /// <summary>The queue that was named; empty when none was.</summary>
    public IEnumerable<string> NamedQueue(ParseResult parsed) => parsed.GetValue(options[ScheduleKeys.Queue]) is { Length: > 0 } queue ? [queue] : [];

    /// <summary>The flag of a key: <c>--dst-gap</c> for <c>dstGap</c>.</summary>
    public static string Flag(string key) => "--" + string.Concat(key.Select(c => char.IsAsciiLetterUpper(c) ? $"-{char.ToLowerInvariant(c)}" : c.ToString()));

    /// <summary>Whether a key is on the command line.</summary>
    public bool Gives(string key, ParseResult parsed) => parsed.GetValue(options[key]) is not null;

    /// <summary>Puts the flags over an entry and reads it; mistakes go to the reader.</summary>
    /// <param name="name">Name of the schedule.</param>
    /// <param name="entry">What the schedule is so far; an empty flag takes its key away.</param>
    /// <param name="parsed">The command line.</param>
    /// <param name="reader">Where mistakes go.</param>
    public ScheduleDeclaration? Read(string name, JsonObject entry, ParseResult parsed, SettingsReader reader)
    {
        try
        {
            return ReadEntry(name, entry, parsed, reader);
        }
        catch (InvalidOperationException)
        {
            // Only when a text is asked for does the parser find half a surrogate pair in it.
            reader.Mistake("The JSON of a flag has a text with half a surrogate pair: \\ud800 to \\udfff come in pairs.");
            return null;
        }
    }

    private ScheduleDeclaration? ReadEntry(string name, JsonObject entry, ParseResult parsed, SettingsReader reader)
    {
        var given = ScheduleKeys.All.Where(key => parsed.GetValue(options[key]) is not null).ToHashSet(StringComparer.Ordinal);
        DropWhatIsReplaced(entry, given);
        foreach (var key in given)
        {
            var text = parsed.GetValue(options[key])!;
            if (key == ScheduleKeys.Arguments && TooDeep(text) is { } deep)
            {
                reader.Mistake($"{Flag(key)}: {deep}.");
                return null;
            }

            entry.Remove(key);
            if (text.Length > 0)
            {
                entry[key] = Node(key, text);
            }
        }

        DropWhatHasNoMeaning(entry, given);
        var mistakes = new List<string>();
        var schedule = new ScheduleEntryReader(Flag, "schedule", mistakes).Read(name, JsonElement.Parse(entry.ToJsonString(), JsonDepth.Document));
        foreach (var mistake in mistakes)
        {
            reader.Mistake($"{mistake}.");
        }

        return schedule;
    }

    private static string? TooDeep(string text)
    {
        try
        {
            var json = Encoding.UTF8.GetBytes(text);
            return JsonDepth.Of(json) > JsonDepth.Written ? JsonInput.Mistake(json) : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    // A new kind of timing takes the place of the old one.
    private static void DropWhatIsReplaced(JsonObject entry, HashSet<string> given)
    {
        if (ScheduleKeys.Kinds.Any(given.Contains))
        {
            foreach (var kind in ScheduleKeys.Kinds)
            {
                entry.Remove(kind);
            }
        }
    }

    // What was kept and means nothing any more goes; what the user gives stays, and is a mistake.
    private static void DropWhatHasNoMeaning(JsonObject entry, HashSet<string> given)
    {
        bool Has(string key) => entry.ContainsKey(key);
        void Drop(bool when, params IEnumerable<string> keys)
        {
            foreach (var key in keys.Where(key => when && !given.Contains(key)))
            {
                entry.Remove(key);
            }
        }

        Drop(!Has(ScheduleKeys.Cron), ScheduleKeys.OfCron);
        Drop(!Has(ScheduleKeys.Every), ScheduleKeys.Anchor);
        Drop(!Has(ScheduleKeys.Cron) && !ScheduleKeys.Instants.Any(Has), ScheduleKeys.Timezone);
        Drop(entry[ScheduleKeys.CatchUp]?.GetValue<string>() != "all", ScheduleKeys.CatchUpWindow, ScheduleKeys.CatchUpLimit);
    }

    // Numbers, flags and arguments are JSON as they are typed; what is no JSON stays a text, and the reader says what is wrong with it.
    private static JsonNode? Node(string key, string text)
    {
        if (key is ScheduleKeys.Priority or ScheduleKeys.CatchUpLimit or ScheduleKeys.Enabled or ScheduleKeys.Arguments)
        {
            try
            {
                return JsonNode.Parse(text, documentOptions: JsonDepth.Document);
            }
            catch (JsonException)
            {
            }
        }

        return JsonValue.Create(text);
    }
}
