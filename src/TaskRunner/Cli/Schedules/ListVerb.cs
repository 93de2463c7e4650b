using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using TaskRunner.Configuration;

namespace TaskRunner.Cli.Schedules;

/// <summary><c>schedule list</c>.</summary>
internal sealed class ListVerb : Verb
{
    private readonly ChoiceOption output = OutputFormat.Create();

    public ListVerb(VerbContext context)
        : base("list", "List schedules and when they tick next.", context, ScheduleSettings.Database) => Options.Add(output);

    protected override async Task<int> RunAsync(ParseResult parsed, SettingsReader reader, CancellationToken cancellationToken)
    {
        await using var stores = await StoreConnections.OpenAsync(reader, Context, needsBroker: false, needsDatabase: true, cancellationToken);
        var rows = await stores.Schedules!.ListAsync(cancellationToken);
        if (parsed.IsJson(output))
        {
            await Context.Output.WriteLineAsync(JsonSerializer.Serialize([.. rows.Select(ScheduleView.Of)], ScheduleJson.Default.ScheduleViewArray));
            return ExitCode.Ok;
        }

        var table = new Table("NAME", "STATE", "WHEN", "NEXT", "TASK", "QUEUE", "PRIORITY", "SOURCE");
        foreach (var row in rows)
        {
            var schedule = row.Schedule;
            table.Add(
                schedule.Name,
                ScheduleWhen.State(row),
                ScheduleWhen.Describe(schedule.Timing),
                ScheduleWhen.Local(row.NextDue, schedule.Timing),
                schedule.Task,
                schedule.Queue!,
                schedule.Priority!.Value.ToString(CultureInfo.InvariantCulture),
                row.Source);
        }

        await Context.Output.WriteAsync(table.ToString());
        return ExitCode.Ok;
    }
}
