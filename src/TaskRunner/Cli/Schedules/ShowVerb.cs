using System.CommandLine;
using System.Text.Json;
using TaskRunner.Beat;

namespace TaskRunner.Cli.Schedules;

/// <summary><c>schedule show NAME</c>.</summary>
internal sealed class ShowVerb : NamedScheduleVerb
{
    private const int RecentTicks = 5;

    private readonly ChoiceOption output = OutputFormat.Create();

    public ShowVerb(VerbContext context)
        : base("show", "Show one schedule: all that it is, and its newest ticks.", context) => Options.Add(output);

    protected override async Task<int> RunAsync(ParseResult parsed, StoredSchedule row, StoreConnections stores, CancellationToken cancellationToken)
    {
        if (parsed.IsJson(output))
        {
            await Context.Output.WriteLineAsync(JsonSerializer.Serialize(ScheduleView.Of(row), ScheduleJson.Default.ScheduleView));
            return ExitCode.Ok;
        }

        var timing = row.Schedule.Timing;
        List<(string, string?)> lines =
        [
            ("name", row.Schedule.Name),
            ("state", row.Schedule.Enabled == false ? Paused(row) : ScheduleWhen.State(row)),
            ("problem", row.Problem),
            ("source", row.Source),
            ("next", ScheduleWhen.Local(row.NextDue, timing)),
            ("last", ScheduleWhen.Local(row.LastDue, timing)),
        ];
        lines.AddRange(ScheduleEntryWriter.Write(row.Schedule).Where(pair => pair.Key != ScheduleKeys.Enabled).Select(pair => (pair.Key, (string?)(pair.Value?.ToString() ?? "null"))));
        foreach (var (name, value) in lines.Where(line => !string.IsNullOrEmpty(line.Item2)))
        {
            await Context.Output.WriteLineAsync($"{name,-14} {TerminalText.OneLine(value!.ReplaceLineEndings(" "))}");
        }

        await PrintTicksAsync(row, await stores.Ticks!.NewestAsync(row.Id, RecentTicks, cancellationToken));
        return ExitCode.Ok;
    }

    private async Task PrintTicksAsync(StoredSchedule row, IReadOnlyList<TickRow> ticks)
    {
        if (ticks.Count == 0)
        {
            return;
        }

        var table = new Table("TICK", "STATE", "TASK ID", "REASON");
        foreach (var tick in ticks)
        {
            table.Add(ScheduleWhen.Local(tick.Nominal, row.Schedule.Timing), tick.State, tick.TaskId?.ToString() ?? "", tick.Reason ?? tick.Outcome ?? "");
        }

        await Context.Output.WriteLineAsync();
        await Context.Output.WriteAsync(table.ToString());
    }

    private static string Paused(StoredSchedule row) =>
        $"paused{(row.PausedBy is { } by ? $" by {by}" : "")}{(row.PausedReason is { } reason ? $": {reason}" : "")}";
}
