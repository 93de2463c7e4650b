using System.CommandLine;
using TaskRunner.Beat;

namespace TaskRunner.Cli.Schedules;

/// <summary><c>schedule pause NAME</c>.</summary>
internal sealed class PauseVerb : NamedScheduleVerb
{
    private readonly TextOption reason = new("--reason", "Why, up to 1000 characters", 1000);
    private readonly TextOption by = new("--by", "Who, up to 200 characters (default: the user of this shell)", 200);

    public PauseVerb(VerbContext context)
        : base("pause", "Let a schedule rest until it is resumed; a release leaves it paused unless it declares enabled.", context)
    {
        Options.Add(reason);
        Options.Add(by);
    }

    protected override async Task<int> RunAsync(ParseResult parsed, StoredSchedule row, StoreConnections stores, CancellationToken cancellationToken)
    {
        var who = parsed.GetValue(by) ?? Context.Environment("USER");
        if (!await stores.Schedules!.PauseAsync(row.Schedule.Name, parsed.GetValue(reason), string.IsNullOrEmpty(who) ? null : who, cancellationToken))
        {
            return await NotFoundAsync(row.Schedule.Name);
        }

        await Context.Output.WriteLineAsync($"paused {TerminalText.OneLine(row.Schedule.Name)}");
        await TellOfWaitingAsync(row, stores, "still run", cancellationToken);
        if (row.NextDue <= Context.Time.GetUtcNow() && row.Schedule.Enabled == true)
        {
            await TellOfUnwrittenAsync(row, "the schedule rests");
        }
        return ExitCode.Ok;
    }
}
