using System.CommandLine;
using TaskRunner.Beat;

namespace TaskRunner.Cli.Schedules;

/// <summary><c>schedule edit NAME …</c>.</summary>
internal sealed class EditVerb : NamedScheduleVerb
{
    private readonly ScheduleFlags flags = new();
    private readonly Option<bool> force = KnownNames.Force();

    public EditVerb(VerbContext context)
        : base("edit", "Change a schedule: what is not given stays, an empty value takes the default again.", context, mayUseBroker: true)
    {
        Options.Add(force);
        foreach (var option in flags.Options)
        {
            Options.Add(option);
        }
    }

    protected override async Task<int> RunAsync(ParseResult parsed, StoredSchedule row, StoreConnections stores, CancellationToken cancellationToken)
    {
        var reader = Context.Read(_ => null);
        var schedule = flags.Read(row.Schedule.Name, ScheduleEntryWriter.Write(row.Schedule), parsed, reader);
        reader.ThrowIfMistaken();
        var names = new KnownNames(stores, Context, reader);
        if (!parsed.GetValue(force))
        {
            if (schedule!.Task != row.Schedule.Task && !await names.KnowTasksAsync([schedule.Task], cancellationToken))
            {
                return ExitCode.Usage;
            }

            await names.WarnAboutQueuesAsync(flags.NamedQueue(parsed), cancellationToken);
        }

        if (!await stores.Schedules!.EditAsync(schedule!, cancellationToken))
        {
            return await NotFoundAsync(row.Schedule.Name);
        }

        await WarnAboutReleaseAsync(row);
        await Context.Output.WriteLineAsync($"edited {TerminalText.OneLine(row.Schedule.Name)}");
        return ExitCode.Ok;
    }
}
