using System.Text.Json;
using TaskRunner.Results;

namespace TaskRunner.Beat;

/// <summary>Reads one entry of the schedules file and notes every mistake in it.</summary>
internal sealed class ScheduleEntryReader(string path, List<string> mistakes)
{
    private const string Keys = "cron, every, timezone, task, queue, priority, arguments, enabled, catchUp";

    private readonly int before = mistakes.Count;
    private string? cron;
    private TimeSpan? every;
    private string timezone = "UTC";
    private string? task;
    private string queue = "default";
    private int priority = 5;
    private string arguments = "{}";
    private bool? enabled;
    private CatchUp catchUp = CatchUp.Latest;

    /// <summary>The schedule; null when it has mistakes.</summary>
    public ScheduleDeclaration? Read(string name, JsonElement entry)
    {
        if (name.Length is 0 or > 200 || !IsStorable(name))
        {
            mistakes.Add($"{path}: a name has 1 to 200 printable characters");
        }

        if (entry.ValueKind != JsonValueKind.Object)
        {
            mistakes.Add($"{path}: expected an object");
            return null;
        }

        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var member in entry.EnumerateObject())
        {
            if (!seen.Add(member.Name))
            {
                Note(member.Name, "stands there twice");
            }

            ReadKey(member.Name, member.Value);
        }

        RequireKeys(seen);
        return mistakes.Count > before ? null : new ScheduleDeclaration
        {
            Name = name,
            Cron = cron,
            Every = every,
            Timezone = timezone,
            Task = task!,
            Queue = queue,
            Priority = priority,
            Arguments = arguments,
            Enabled = enabled,
            CatchUp = catchUp,
        };
    }

    private void ReadKey(string key, JsonElement value)
    {
        switch (key)
        {
            case "cron":
                Try(key, value, text => cron = CronExpression.Parse(text).ToString());
                break;
            case "every":
                Try(key, value, text => every = IntervalExpression.Parse(text).Every);
                break;
            case "timezone":
                Try(key, value, ReadTimezone);
                break;
            case "task":
                Try(key, value, text => task = text);
                break;
            case "queue":
                Try(key, value, text => queue = text);
                break;
            case "catchUp":
                Try(key, value, text => catchUp = CatchUpName.Parse(text));
                break;
            case "priority":
                ReadPriority(key, value);
                break;
            case "arguments":
                ReadArguments(key, value);
                break;
            case "enabled":
                ReadEnabled(key, value);
                break;
            default:
                Note(key, $"unknown key; expected one of {Keys}");
                break;
        }
    }

    private void RequireKeys(HashSet<string> seen)
    {
        if (!seen.Contains("task"))
        {
            Note("task", "is missing");
        }

        if (seen.Contains("cron") == seen.Contains("every"))
        {
            mistakes.Add($"{path}: exactly one of cron and every is needed");
        }

        if (seen.Contains("every") && seen.Contains("timezone"))
        {
            Note("timezone", "has no meaning beside every, which counts elapsed time");
        }
    }

    private void ReadTimezone(string text)
    {
        ScheduleSpec.FindZone(text);
        timezone = text;
    }

    private void ReadPriority(string key, JsonElement value)
    {
        if (value.ValueKind != JsonValueKind.Number || !value.TryGetInt32(out priority) || priority is < 0 or > 9)
        {
            Note(key, "expected a whole number from 0 to 9");
        }
    }

    private void ReadArguments(string key, JsonElement value)
    {
        arguments = value.GetRawText();
        if (value.ValueKind != JsonValueKind.Object)
        {
            Note(key, "expected an object");
        }
        else if (!IsStorable(arguments))
        {
            Note(key, "PostgreSQL cannot store NUL characters and half surrogate pairs");
        }
    }

    private void ReadEnabled(string key, JsonElement value)
    {
        enabled = value.ValueKind == JsonValueKind.True;
        if (value.ValueKind is not (JsonValueKind.True or JsonValueKind.False))
        {
            Note(key, "expected true or false");
        }
    }

    private void Try(string key, JsonElement value, Action<string> read)
    {
        if (value.ValueKind != JsonValueKind.String || value.GetString() is not { Length: > 0 and <= 200 } text || !IsStorable(text))
        {
            Note(key, "expected a text of 1 to 200 characters");
            return;
        }

        try
        {
            read(text);
        }
        catch (FormatException e)
        {
            Note(key, e.Message);
        }
    }

    private static bool IsStorable(string text) => StorableText.Json(text) == text;

    private void Note(string key, string what) => mistakes.Add($"{path}.{key}: {what}");
}
