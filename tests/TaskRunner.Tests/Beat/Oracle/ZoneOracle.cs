using TaskRunner.Beat;

namespace TaskRunner.Tests.Beat.Oracle;

/// <summary>Says at which of all minutes an expression runs, by looking at what the clock on the wall shows at each.</summary>
internal static class ZoneOracle
{
    /// <summary>The wall-clock minutes that match.</summary>
    public static MinuteSet Walls(RandomFields fields, DayMatch days)
    {
        var walls = new MinuteSet();
        var first = ZoneHistory.First.UtcDateTime;
        for (var day = -2; day < (ZoneHistory.Minutes / 1440) + 2; day++)
        {
            var date = first.AddDays(day);
            if (!fields.MatchesDate(date, days))
            {
                continue;
            }

            for (var hour = 0; hour < 24; hour++)
            {
                for (var minute = 0; minute < 60 && (fields.Hours >> hour & 1) != 0; minute++)
                {
                    walls.Set((day * 1440) + (hour * 60) + minute, (fields.Minutes >> minute & 1) != 0);
                }
            }
        }

        return walls;
    }

    /// <summary>The minutes at which it runs in a zone.</summary>
    public static MinuteSet Runs(MinuteSet walls, bool isInterval, ZoneHistory zone, GapRule gap, RepeatRule repeat)
    {
        var runs = new MinuteSet();
        var spans = zone.Spans;
        for (var i = 0; i < spans.Count; i++)
        {
            runs.Copy(walls, spans[i].From, i + 1 < spans.Count ? spans[i + 1].From : ZoneHistory.Minutes, spans[i].Offset);
        }

        for (var i = 1; i < spans.Count && !isInterval; i++)
        {
            var (change, jump) = (spans[i].From, spans[i].Offset - spans[i - 1].Offset);

            // Forward: the minutes that the wall never showed are those before what it shows now.
            if (jump > 0 && gap == GapRule.Shift)
            {
                runs.Set(change, Enumerable.Range(change + spans[i - 1].Offset, jump + 1).Any(walls.Has));
            }

            // Back: the wall shows the last minutes again.
            for (var minute = 0; minute < -jump && repeat != RepeatRule.Both; minute++)
            {
                runs.Set(repeat == RepeatRule.First ? change + minute : change + jump + minute, false);
            }
        }

        return runs;
    }
}
