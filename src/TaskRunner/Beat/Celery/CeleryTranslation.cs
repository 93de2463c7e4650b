using System.Text.Json;
using System.Text.Json.Nodes;

namespace TaskRunner.Beat.Celery;

/// <summary>Makes a schedule of one periodic task of Celery.</summary>
internal sealed class CeleryTranslation(CeleryEntry entry, DateTimeOffset now)
{
    private const string CleanUp = "celery.backend_cleanup";

    private readonly List<string> reasons = [];
    private readonly List<string> remarks = [];
    private readonly JsonObject keys = [];

    /// <summary>Why there is no schedule, one sentence each.</summary>
    public IReadOnlyList<string> Reasons => reasons;

    /// <summary>What is different, one sentence each.</summary>
    public IReadOnlyList<string> Remarks => remarks;

    /// <summary>The schedule; null when there is none, and <see cref="Reasons"/> says why.</summary>
    public ScheduleDeclaration? Read()
    {
        if (CeleryEntry.Text(entry.Task, "task") == CleanUp)
        {
            return LeaveOut("it cleans up Celery's own results and has nothing to do here");
        }

        ReadTiming();
        if (reasons.Count > 0)
        {
            return null;
        }

        ReadTask();
        ReadArguments();
        var mistakes = new List<string>();
        var schedule = new ScheduleEntryReader(key => key, "schedule", mistakes).Read(entry.Name, JsonElement.Parse(keys.ToJsonString(), JsonDepth.Document));
        mistakes.ForEach(mistake => LeaveOut(mistake));
        return reasons.Count > 0 ? null : CeleryEntry.Flag(entry.Task, "one_off") ? RunOnce(schedule!) : schedule;
    }

    private void ReadTiming()
    {
        Put(ScheduleKeys.Start, CeleryEntry.Instant(entry.Task, "start_time"));
        Put(ScheduleKeys.End, CeleryEntry.Instant(entry.Task, "expires"));
        if (entry.Crontab is { } crontab)
        {
            keys[ScheduleKeys.Cron] = CeleryCrontab.Expression(crontab);
            keys[ScheduleKeys.Timezone] = CeleryEntry.Text(crontab, "timezone") ?? "UTC";
        }
        else if (entry.Interval is { } interval)
        {
            ReadInterval(interval);
        }
        else if (entry.Clocked is { } clocked)
        {
            var time = CeleryEntry.Instant(clocked, "clocked_time")!.Value;
            keys[ScheduleKeys.Once] = InstantText.Print(time);
            if (time <= now)
            {
                LeaveOut($"its only time, {InstantText.Print(time)}, is over");
            }
        }
        else
        {
            LeaveOut(entry.Solar is { } solar
                ? $"it runs at the {CeleryEntry.Text(solar, "event")} of a place, and times of the sun are not supported"
                : "it has no crontab, interval or clocked schedule");
        }
    }

    // Celery counts an interval from the last run; the same grid goes on here.
    private void ReadInterval(JsonElement interval)
    {
        var (number, period) = (CeleryEntry.Number(interval, "every") ?? 0, CeleryEntry.Text(interval, "period"));
        var microseconds = period switch
        {
            "days" => 86_400_000_000L,
            "hours" => 3_600_000_000L,
            "minutes" => 60_000_000L,
            "seconds" => 1_000_000L,
            _ => 1L,
        } * number;
        if (microseconds % 1000 != 0)
        {
            LeaveOut($"its interval of {microseconds} microseconds is no whole number of milliseconds");
            return;
        }

        keys[ScheduleKeys.Every] = WholeDuration.Print(TimeSpan.FromMicroseconds(microseconds));
        Put(
            ScheduleKeys.Anchor,
            CeleryEntry.Instant(entry.Task, "last_run_at") ?? CeleryEntry.Instant(entry.Task, "start_time") ?? CeleryEntry.Instant(entry.Task, "date_changed"));
    }

    private void ReadTask()
    {
        keys[ScheduleKeys.Task] = CeleryEntry.Text(entry.Task, "task") ?? "";
        keys[ScheduleKeys.Enabled] = CeleryEntry.Flag(entry.Task, "enabled");
        PutText(ScheduleKeys.Queue, CeleryEntry.Text(entry.Task, "queue"));
        PutText(ScheduleKeys.Description, CeleryEntry.Text(entry.Task, "description"));
        PutText(ScheduleKeys.Expires, CeleryEntry.Number(entry.Task, "expire_seconds") is { } seconds and > 0 ? WholeDuration.Print(TimeSpan.FromSeconds(seconds)) : null);
        if (CeleryEntry.Number(entry.Task, "priority") is { } priority)
        {
            keys[ScheduleKeys.Priority] = Math.Clamp(priority, 0, 9);
            if (priority > 9)
            {
                Remark($"its priority {priority} becomes 9, the highest here");
            }
        }

        if (CeleryEntry.Text(entry.Task, "exchange") is not null || CeleryEntry.Text(entry.Task, "routing_key") is not null)
        {
            Remark("its exchange and routing key have no meaning here; the queue decides");
        }

        if (CeleryEntry.Text(entry.Task, "headers") is { } headers && headers != "{}")
        {
            Remark("its headers are left out");
        }
    }

    // Positional arguments have no place in an object; they go under a key of their own.
    private void ReadArguments()
    {
        try
        {
            var named = JsonNode.Parse(CeleryEntry.Text(entry.Task, "kwargs") ?? "{}") as JsonObject;
            var positional = JsonNode.Parse(CeleryEntry.Text(entry.Task, "args") ?? "[]") as JsonArray;
            if (named is null || positional is null)
            {
                LeaveOut("its args are no JSON array, or its kwargs no JSON object");
            }
            else if (positional.Count > 0 && named.ContainsKey("args"))
            {
                LeaveOut("it has positional arguments and a keyword argument 'args'; only one of them can be called so");
            }
            else
            {
                if (positional.Count > 0)
                {
                    named["args"] = positional;
                    Remark("its positional arguments stand under the key 'args' of the arguments");
                }

                keys[ScheduleKeys.Arguments] = named;
            }
        }
        catch (JsonException)
        {
            LeaveOut("its args or kwargs are not valid JSON");
        }
    }

    private ScheduleDeclaration? RunOnce(ScheduleDeclaration schedule)
    {
        if (CeleryEntry.Number(entry.Task, "total_run_count") > 0)
        {
            return LeaveOut("it runs once only, and has run");
        }

        var timing = schedule.Timing;
        return ScheduleSpec.Read(timing).Next(now) is { } next
            ? schedule with { Timing = new ScheduleTiming { Once = next, Timezone = timing.Timezone, Start = timing.Start, End = timing.End } }
            : LeaveOut("it runs once only, and its time is over");
    }

    private void Put(string key, DateTimeOffset? instant) => PutText(key, instant is { } known ? InstantText.Print(known) : null);

    private void PutText(string key, string? text)
    {
        if (text is not null)
        {
            keys[key] = text;
        }
    }

    private ScheduleDeclaration? LeaveOut(string reason)
    {
        reasons.Add($"Periodic task '{entry.Name}' is left out: {reason}.");
        return null;
    }

    private void Remark(string remark) => remarks.Add($"Periodic task '{entry.Name}': {remark}.");
}
