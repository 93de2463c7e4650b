namespace TaskRunner.Beat;

/// <summary>Reads when a schedule ticks.</summary>
internal sealed class ScheduleTimingReader(ScheduleEntryReader entry)
{
    public ScheduleTiming Read()
    {
        var (timezone, zone) = entry.Text(ScheduleKeys.Timezone, ("UTC", TimeZoneInfo.Utc), text => (text, ScheduleSpec.FindZone(text)));
        var days = entry.Text(ScheduleKeys.DayMatch, DayMatch.And, ScheduleWords.Days.Parse);
        var timing = new ScheduleTiming
        {
            Cron = entry.Text<string?>(ScheduleKeys.Cron, null, text => CronExpression.Parse(text, days).ToString()),
            Every = entry.Text<TimeSpan?>(ScheduleKeys.Every, null, text => IntervalExpression.Parse(text).Every),
            Once = ReadInstant(ScheduleKeys.Once, zone),
            Anchor = ReadInstant(ScheduleKeys.Anchor, zone),
            Timezone = timezone,
            Start = ReadInstant(ScheduleKeys.Start, zone),
            End = ReadInstant(ScheduleKeys.End, zone),
            Jitter = entry.Text(ScheduleKeys.Jitter, TimeSpan.Zero, text => WholeDuration.Parse(ScheduleKeys.Jitter, text, TimeSpan.Zero, ScheduleTiming.LongestJitter)),
            Gap = entry.Text(ScheduleKeys.DstGap, GapRule.Shift, ScheduleWords.Gap.Parse),
            Repeat = entry.Text(ScheduleKeys.DstOverlap, RepeatRule.First, ScheduleWords.Repeat.Parse),
            Days = days,
        };
        Check(timing);
        return timing;
    }

    private DateTimeOffset? ReadInstant(string key, TimeZoneInfo zone) => entry.Text<DateTimeOffset?>(key, null, text => InstantText.Parse(key, text, zone));

    private void Check(ScheduleTiming timing)
    {
        if (ScheduleKeys.Kinds.Count(entry.Has) != 1)
        {
            entry.NoteWhole("exactly one of cron, every and once is needed");
            return;
        }

        if (entry.Has(ScheduleKeys.Anchor) && !entry.Has(ScheduleKeys.Every))
        {
            entry.Note(ScheduleKeys.Anchor, "has a meaning beside every only");
        }

        foreach (var key in ScheduleKeys.OfCron.Where(key => entry.Has(key) && !entry.Has(ScheduleKeys.Cron)))
        {
            entry.Note(key, "has a meaning beside cron only");
        }

        if (entry.Has(ScheduleKeys.Timezone) && !entry.Has(ScheduleKeys.Cron) && !ScheduleKeys.Instants.Any(entry.Has))
        {
            entry.Note(ScheduleKeys.Timezone, "has no meaning beside every, which counts elapsed time");
        }

        if (timing.Start > timing.End)
        {
            entry.Note(ScheduleKeys.End, $"is before start, {InstantText.Print(timing.Start.Value)}");
        }
        else if (timing.Once < timing.Start || timing.Once > timing.End)
        {
            entry.Note(ScheduleKeys.Once, "is not between start and end");
        }
    }
}
