using System.Globalization;
using System.Text.Json;
using TaskRunner.Results;

namespace TaskRunner.Cli;

/// <summary>Shows results: one as a list of lines, several as a table.</summary>
internal static class ResultPrinter
{
    /// <param name="result">The true result.</param>
    /// <param name="json">For programs.</param>
    /// <param name="output">Where to.</param>
    /// <param name="superseded">What workers said that had lost their lease.</param>
    /// <param name="why">Why the task is where it is; null for one that has ended.</param>
    public static Task PrintAsync(TaskResult result, bool json, TextWriter output, IReadOnlyList<TaskResult>? superseded = null, string? why = null)
    {
        if (json)
        {
            return output.WriteLineAsync(JsonSerializer.Serialize(ResultView.Of(result) with { Superseded = [.. (superseded ?? []).Select(ResultView.Of)], Why = why }, CliJson.Default.ResultView));
        }

        (string Name, string? Value)[] lines =
        [
            ("id", result.Id.ToString()),
            ("task", result.Task),
            ("queue", result.Queue),
            ("state", TaskStateName.Of(result.State)),
            ("why", why),
            ("output", result.Output),
            ("error", result.Error),
            ("stack", result.Stack),
            ("attempts", result.Attempts.ToString(CultureInfo.InvariantCulture)),
            ("redeliveries", result.Redeliveries.ToString(CultureInfo.InvariantCulture)),
            ("worker", result.Worker),
            ("enqueued", Time(result.EnqueuedAt)),
            ("started", Time(result.StartedAt)),
            ("finished", Time(result.FinishedAt)),
            .. (superseded ?? []).Select(late => ("superseded", (string?)$"{TaskStateName.Of(late.State)} by {late.Worker}, which had lost its lease, at {Time(late.FinishedAt)}")),
        ];
        return output.WriteLineAsync(Fields.Of(lines));
    }

    public static Task PrintAsync(IReadOnlyList<TaskResult> results, bool json, TextWriter output)
    {
        if (json)
        {
            return output.WriteLineAsync(JsonSerializer.Serialize([.. results.Select(ResultView.Of)], CliJson.Default.ResultViewArray));
        }

        var table = new Table("ID", "TASK", "STATE", "ATTEMPTS", "OUTPUT OR ERROR");
        foreach (var result in results)
        {
            table.Add(result.Id.ToString(), result.Task, TaskStateName.Of(result.State), result.Attempts.ToString(CultureInfo.InvariantCulture), result.Error ?? result.Output ?? "");
        }

        return output.WriteAsync(table.ToString());
    }

    private static string? Time(DateTimeOffset? time) => time?.ToString("yyyy-MM-dd HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);
}
