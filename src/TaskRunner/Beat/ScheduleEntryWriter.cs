using System.Text.Json;
using System.Text.Json.Nodes;

namespace TaskRunner.Beat;

/// <summary>Writes a schedule with the keys of the schedules file; what has its default value is left out.</summary>
internal static class ScheduleEntryWriter
{
    public static JsonObject Write(ScheduleDeclaration schedule)
    {
        var entry = new JsonObject();
        WriteTiming(entry, schedule.Timing);
        Put(entry, ScheduleKeys.Task, schedule.Task);
        Put(entry, ScheduleKeys.Queue, schedule.Queue);
        if (schedule.Priority is { } priority)
        {
            entry[ScheduleKeys.Priority] = priority;
        }

        if (schedule.Arguments != "{}")
        {
            entry[ScheduleKeys.Arguments] = Arguments(schedule.Arguments);
        }

        if (schedule.Enabled is { } enabled)
        {
            entry[ScheduleKeys.Enabled] = enabled;
        }

        Put(entry, ScheduleKeys.CatchUp, schedule.CatchUp == CatchUp.Latest ? null : ScheduleWords.CatchUps.Of(schedule.CatchUp));
        if (schedule.CatchUp == CatchUp.All)
        {
            entry[ScheduleKeys.CatchUpWindow] = WholeDuration.Print(schedule.CatchUpWindow);
            entry[ScheduleKeys.CatchUpLimit] = schedule.CatchUpLimit;
        }

        Put(entry, ScheduleKeys.Overlap, schedule.Overlap == OverlapPolicy.Allow ? null : ScheduleWords.Overlaps.Of(schedule.Overlap));
        Put(entry, ScheduleKeys.Expires, schedule.Expires is { } expires ? WholeDuration.Print(expires) : null);
        Put(entry, ScheduleKeys.Description, schedule.Description);
        return entry;
    }

    // A row may hold what no message can: it is shown as text.
    private static JsonNode? Arguments(string json)
    {
        try
        {
            return JsonNode.Parse(json, documentOptions: JsonDepth.Document);
        }
        catch (JsonException)
        {
            return JsonValue.Create(json);
        }
    }

    private static void WriteTiming(JsonObject entry, ScheduleTiming timing)
    {
        Put(entry, ScheduleKeys.Cron, timing.Cron);
        Put(entry, ScheduleKeys.Every, timing.Every is { } every ? WholeDuration.Print(every) : null);
        Put(entry, ScheduleKeys.Once, timing.Once);
        Put(entry, ScheduleKeys.Anchor, timing.Anchor);
        Put(entry, ScheduleKeys.Timezone, timing.Timezone == "UTC" ? null : timing.Timezone);
        Put(entry, ScheduleKeys.Start, timing.Start);
        Put(entry, ScheduleKeys.End, timing.End);
        Put(entry, ScheduleKeys.Jitter, timing.Jitter == TimeSpan.Zero ? null : WholeDuration.Print(timing.Jitter));
        Put(entry, ScheduleKeys.DstGap, timing.Gap == GapRule.Shift ? null : ScheduleWords.Gap.Of(timing.Gap));
        Put(entry, ScheduleKeys.DstOverlap, timing.Repeat == RepeatRule.First ? null : ScheduleWords.Repeat.Of(timing.Repeat));
        Put(entry, ScheduleKeys.DayMatch, timing.Days == DayMatch.And ? null : ScheduleWords.Days.Of(timing.Days));
    }

    private static void Put(JsonObject entry, string key, DateTimeOffset? instant) => Put(entry, key, instant is { } known ? InstantText.Print(known) : null);

    private static void Put(JsonObject entry, string key, string? text)
    {
        if (text is not null)
        {
            entry[key] = text;
        }
    }
}
