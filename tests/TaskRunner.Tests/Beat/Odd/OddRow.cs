namespace TaskRunner.Tests.Beat.Odd;

/// <summary>A schedule with values that nobody writes on purpose.</summary>
/// <param name="Name">Its name, an expression of SQL.</param>
/// <param name="Columns">Values of its other columns, as expressions of SQL.</param>
/// <param name="IsUnusable">Whether nothing can be made of it, so that it must have a problem.</param>
internal sealed record OddRow(string Name, IReadOnlyDictionary<string, string> Columns, bool IsUnusable)
{
    private static readonly string[] Timings = ["cron", "every_ms", "once_at"];

    /// <summary>The statement that adds it.</summary>
    public string Insert
    {
        get
        {
            var columns = new Dictionary<string, string>(Columns, StringComparer.Ordinal) { ["name"] = Name };
            columns.TryAdd("task", "'debug.echo'");
            if (!Timings.Any(columns.ContainsKey))
            {
                columns["every_ms"] = "1000";
            }

            return $"INSERT INTO taskrunner.schedules ({string.Join(", ", columns.Keys)}) VALUES ({string.Join(", ", columns.Values)});";
        }
    }
}
