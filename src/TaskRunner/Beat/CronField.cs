namespace TaskRunner.Beat;

/// <summary>One field of a cron expression: what it is called and which values it takes.</summary>
internal sealed record CronField(string Name, int Min, int Max, params string[] Names)
{
    public static readonly CronField Second = new("second", 0, 59);
    public static readonly CronField Minute = new("minute", 0, 59);
    public static readonly CronField Hour = new("hour", 0, 23);
    public static readonly CronField DayOfMonth = new("day of month", 1, 31);
    public static readonly CronField Month = new("month", 1, 12, "JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC");

    // 7 is a second name of Sunday and becomes 0 once read.
    public static readonly CronField DayOfWeek = new("day of week", 0, 7, "SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT");

    /// <summary>How many different values there are.</summary>
    public int Count => this == DayOfWeek ? 7 : Max - Min + 1;

    /// <summary>The value that a number stands for; counting on after the last value starts again at the first.</summary>
    public int Wrap(int value) => Min + ((value - Min) % Count);
}
