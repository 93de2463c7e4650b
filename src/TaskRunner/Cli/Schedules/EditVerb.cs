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
        var (old, entry) = (row.Schedule, ScheduleEntryWriter.Write(row.Schedule));

        // What is not given stays as it is, be it a name or arguments that a new schedule could not have.
        var keeps = !flags.Gives(ScheduleKeys.Arguments, parsed);
        if (keeps)
        {
            entry.Remove(ScheduleKeys.Arguments);
        }

        var schedule = flags.Read("edited", entry, parsed, reader);
        reader.ThrowIfMistaken();
        schedule = schedule! with
        {
            Name = old.Name,
            Arguments = keeps ? old.Arguments : schedule.Arguments,
            // Somebody may pause or resume it meanwhile.
            Enabled = flags.Gives(ScheduleKeys.Enabled, parsed) ? schedule.Enabled : null,
        };
        var names = new KnownNames(stores, Context, reader);
        if (!parsed.GetValue(force))
        {
            if (schedule.Task != row.Schedule.Task && !await names.KnowTasksAsync([schedule.Task], cancellationToken))
            {
                return ExitCode.Usage;
            }

            await names.WarnAboutQueuesAsync(flags.NamedQueue(parsed), cancellationToken);
        }

        if (!await stores.Schedules!.EditAsync(schedule, cancellationToken))
        {
            return await NotFoundAsync(row.Schedule.Name);
        }

        await WarnAboutReleaseAsync(row);
        if (row.Unreadable is { } unreadable)
        {
            await Context.Error.WriteLineAsync($"What could not be used and was not given has its default now: {unreadable}.");
        }

        await Context.Output.WriteLineAsync($"edited {TerminalText.OneLine(row.Schedule.Name)}");
        await TellOfWaitingAsync(row, stores, "still run, as the schedule stands now", cancellationToken);
        if (row.NextDue <= Context.Time.GetUtcNow() && old.Enabled == true && (schedule.Timing != old.Timing || schedule.Enabled == false))
        {
            await TellOfUnwrittenAsync(row, schedule.Enabled == false ? "the schedule rests" : "the new timing counts from now");
        }

        return ExitCode.Ok;
    }
}
