using System.CommandLine;
using TaskRunner.Beat;

namespace TaskRunner.Cli.Schedules;

/// <summary><c>schedule resume NAME</c>.</summary>
internal sealed class ResumeVerb(VerbContext context) : NamedScheduleVerb("resume", "Let a paused schedule run again, from its next tick on.", context)
{
    protected override async Task<int> RunAsync(ParseResult parsed, StoredSchedule row, StoreConnections stores, CancellationToken cancellationToken)
    {
        if (!await stores.Schedules!.ResumeAsync(row.Schedule.Name, cancellationToken))
        {
            return await NotFoundAsync(row.Schedule.Name);
        }

        await Context.Output.WriteLineAsync($"resumed {TerminalText.OneLine(row.Schedule.Name)}");
        return ExitCode.Ok;
    }
}
