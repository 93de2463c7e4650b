using System.Text;
using System.Text.Json;

namespace TaskRunner.Beat.Celery;

/// <summary>Writes a crontab of Celery as a cron expression.</summary>
/// <remarks>Both mean the same by lists, ranges (also around the end), steps, and by day of month and day of week together.</remarks>
internal static class CeleryCrontab
{
    private static readonly string[] Columns = ["minute", "hour", "day_of_month", "month_of_year", "day_of_week"];

    public static string Expression(JsonElement crontab) => string.Join(' ', Columns.Select(column => Field(CeleryEntry.Text(crontab, column) ?? "*")));

    // Celery takes spaces inside a field, and names by their first three letters: sunday, Sun.
    private static string Field(string text)
    {
        var field = new StringBuilder();
        var letters = 0;
        foreach (var c in text.Where(c => !char.IsWhiteSpace(c)))
        {
            letters = char.IsAsciiLetter(c) ? letters + 1 : 0;
            if (letters <= 3)
            {
                field.Append(char.ToUpperInvariant(c));
            }
        }

        return field.ToString();
    }
}
