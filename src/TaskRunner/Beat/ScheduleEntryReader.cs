using System.Text.Json;
using TaskRunner.Broker;
using TaskRunner.Results;

namespace TaskRunner.Beat;

/// <summary>Reads one schedule from a JSON object and notes every mistake in it.</summary>
/// <param name="label">How a message names a key.</param>
/// <param name="whole">How a message names the schedule.</param>
/// <param name="mistakes">Where mistakes go.</param>
internal sealed class ScheduleEntryReader(Func<string, string> label, string whole, List<string> mistakes)
{
    private readonly int before = mistakes.Count;
    private readonly Dictionary<string, JsonElement> values = new(StringComparer.Ordinal);

    /// <summary>Reads an entry of the schedules file.</summary>
    public static ScheduleDeclaration? ReadFileEntry(string name, JsonElement entry, List<string> mistakes) =>
        new ScheduleEntryReader(key => $"schedules.{name}.{key}", $"schedules.{name}", mistakes).Read(name, entry);

    /// <summary>The schedule; null when it has mistakes.</summary>
    public ScheduleDeclaration? Read(string name, JsonElement entry)
    {
        if (name.Length is 0 or > 200 || name.Any(char.IsControl) || !IsStorable(name))
        {
            mistakes.Add($"{whole}: a name has 1 to 200 printable characters");
        }

        if (entry.ValueKind != JsonValueKind.Object)
        {
            mistakes.Add($"{whole}: expected an object");
            return null;
        }

        foreach (var member in entry.EnumerateObject())
        {
            var key = ScheduleFile.Name(member);
            if (key is null || !ScheduleKeys.All.Contains(key))
            {
                Note(key ?? ScheduleFile.HalfPair, $"unknown key; expected one of {string.Join(", ", ScheduleKeys.All)}");
            }
            else if (!values.TryAdd(key, member.Value))
            {
                Note(key, "is given twice");
            }
        }

        var timing = new ScheduleTimingReader(this).Read();
        var declaration = ReadRest(name, timing);
        return mistakes.Count > before ? null : declaration;
    }

    public bool Has(string key) => values.ContainsKey(key);

    public void Note(string key, string what) => mistakes.Add($"{label(key)}: {what}");

    public void NoteWhole(string what) => mistakes.Add($"{whole}: {what}");

    /// <summary>A text that a function reads; the standard when it is absent or has a mistake, which is noted.</summary>
    public T Text<T>(string key, T standard, Func<string, T> read, int longest = 200)
    {
        if (!values.TryGetValue(key, out var value))
        {
            return standard;
        }

        if (value.ValueKind != JsonValueKind.String || Unicode(value) is not { Length: > 0 } text || text.Length > longest || !IsStorable(text))
        {
            Note(key, $"expected a text of 1 to {longest} characters");
            return standard;
        }

        try
        {
            return read(text);
        }
        catch (FormatException e)
        {
            Note(key, e.Message);
            return standard;
        }
    }

    private static string? Unicode(JsonElement text)
    {
        try
        {
            return text.GetString();
        }
        catch (InvalidOperationException)
        {
            // Half of a surrogate pair.
            return null;
        }
    }

    private ScheduleDeclaration ReadRest(string name, ScheduleTiming timing)
    {
        if (!Has(ScheduleKeys.Task))
        {
            Note(ScheduleKeys.Task, "is missing");
        }

        var catchUp = Text(ScheduleKeys.CatchUp, CatchUp.Latest, ScheduleWords.CatchUps.Parse);
        foreach (var key in new[] { ScheduleKeys.CatchUpWindow, ScheduleKeys.CatchUpLimit }.Where(key => Has(key) && catchUp != CatchUp.All))
        {
            Note(key, "has a meaning with catchUp all only");
        }

        return new ScheduleDeclaration
        {
            Name = name,
            Timing = timing,
            Task = Text(ScheduleKeys.Task, "", text => text),
            Queue = Text<string?>(ScheduleKeys.Queue, null, ReadQueue),
            Priority = Number(ScheduleKeys.Priority, null, 0, 9),
            Arguments = ReadArguments(),
            Enabled = ReadEnabled(),
            CatchUp = catchUp,
            CatchUpWindow = Text(ScheduleKeys.CatchUpWindow, ScheduleDeclaration.StandardCatchUpWindow, text => WholeDuration.Parse(ScheduleKeys.CatchUpWindow, text, TimeSpan.FromSeconds(1), IntervalExpression.Longest)),
            CatchUpLimit = Number(ScheduleKeys.CatchUpLimit, ScheduleDeclaration.StandardCatchUpLimit, 1, 1000)!.Value,
            Overlap = Text(ScheduleKeys.Overlap, OverlapPolicy.Allow, ScheduleWords.Overlaps.Parse),
            Expires = Text<TimeSpan?>(ScheduleKeys.Expires, null, text => WholeDuration.Parse(ScheduleKeys.Expires, text, TimeSpan.FromMilliseconds(1), IntervalExpression.Longest)),
            Description = Text<string?>(ScheduleKeys.Description, null, text => text, 2000),
        };
    }

    private int? Number(string key, int? standard, int least, int most)
    {
        if (!values.TryGetValue(key, out var value))
        {
            return standard;
        }

        if (value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var number) && number >= least && number <= most)
        {
            return number;
        }

        Note(key, $"expected a whole number from {least} to {most}");
        return standard;
    }

    private string ReadArguments()
    {
        if (!values.TryGetValue(ScheduleKeys.Arguments, out var value))
        {
            return "{}";
        }

        if (value.ValueKind != JsonValueKind.Object)
        {
            Note(ScheduleKeys.Arguments, "expected an object");
        }
        else if (JsonInput.Mistake(value) is { } mistake)
        {
            Note(ScheduleKeys.Arguments, mistake);
        }
        else if (!IsStorable(value.GetRawText()))
        {
            Note(ScheduleKeys.Arguments, "PostgreSQL cannot store NUL characters and half surrogate pairs");
        }
        else if (JsonDoubles.Place(value) is { } place)
        {
            Note(ScheduleKeys.Arguments, $"the key at {TextRule.Shown(place)} is given twice");
        }

        return value.GetRawText();
    }

    private bool? ReadEnabled()
    {
        if (!values.TryGetValue(ScheduleKeys.Enabled, out var value))
        {
            return null;
        }

        if (value.ValueKind is not (JsonValueKind.True or JsonValueKind.False))
        {
            Note(ScheduleKeys.Enabled, "expected true or false");
        }

        return value.ValueKind == JsonValueKind.True;
    }

    private static string ReadQueue(string text) => QueueName.IsValid(text) ? text : throw new FormatException($"'{text}' is no queue: {QueueName.Rule}");

    private static bool IsStorable(string text) => StorableText.Json(text) == text;
}
