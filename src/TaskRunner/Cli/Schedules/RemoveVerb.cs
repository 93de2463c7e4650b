using System.CommandLine;
using TaskRunner.Beat;

namespace TaskRunner.Cli.Schedules;

/// <summary><c>schedule remove NAME</c>.</summary>
internal sealed class RemoveVerb(VerbContext context) : NamedScheduleVerb("remove", "Remove a schedule; tasks that it enqueued stay.", context)
{
    protected override async Task<int> RunAsync(ParseResult parsed, StoredSchedule row, StoreConnections stores, CancellationToken cancellationToken)
    {
        if (!await stores.Schedules!.RemoveAsync(row.Schedule.Name, cancellationToken))
        {
            return await NotFoundAsync(row.Schedule.Name);
        }

        await WarnAboutReleaseAsync(row);
        await Context.Output.WriteLineAsync($"removed {TerminalText.OneLine(row.Schedule.Name)}");
        await TellOfWaitingAsync(row, stores, "do not run: their rows will say so", cancellationToken);
        return ExitCode.Ok;
    }
}
