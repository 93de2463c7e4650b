namespace TaskRunner.Beat;

/// <summary>The words of schedules, the same in the schedules file, on the command line and in the table.</summary>
internal static class ScheduleWords
{
    public static readonly WordList<GapRule> Gap = new(("shift", GapRule.Shift), ("skip", GapRule.Skip));

    public static readonly WordList<RepeatRule> Repeat = new(("first", RepeatRule.First), ("last", RepeatRule.Last), ("both", RepeatRule.Both));

    public static readonly WordList<DayMatch> Days = new(("and", DayMatch.And), ("or", DayMatch.Or));

    public static readonly WordList<CatchUp> CatchUps = new(("skip", CatchUp.Skip), ("latest", CatchUp.Latest), ("all", CatchUp.All));

    public static readonly WordList<OverlapPolicy> Overlaps =
        new(("allow", OverlapPolicy.Allow), ("skip", OverlapPolicy.Skip), ("buffer", OverlapPolicy.Buffer), ("cancel", OverlapPolicy.Cancel));
}
