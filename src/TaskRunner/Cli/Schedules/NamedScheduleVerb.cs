using System.CommandLine;
using TaskRunner.Beat;
using TaskRunner.Configuration;

namespace TaskRunner.Cli.Schedules;

/// <summary>A verb on one schedule, which is there: exit code 4 when it is not.</summary>
internal abstract class NamedScheduleVerb : Verb
{
    private readonly bool needsBroker;
    private readonly bool mayUseBroker;

    protected NamedScheduleVerb(string name, string description, VerbContext context, bool needsBroker = false, bool mayUseBroker = false)
        : base(name, description, context, needsBroker || mayUseBroker ? Settings.Stores : ScheduleSettings.Database)
    {
        this.needsBroker = needsBroker;
        this.mayUseBroker = mayUseBroker;
        Arguments.Add(Named);
    }

    protected Argument<string> Named { get; } = new("NAME") { Description = "Name of the schedule" };

    /// <returns>The exit code.</returns>
    protected abstract Task<int> RunAsync(ParseResult parsed, StoredSchedule row, StoreConnections stores, CancellationToken cancellationToken);

    protected override async Task<int> RunAsync(ParseResult parsed, SettingsReader reader, CancellationToken cancellationToken)
    {
        await using var stores = await StoreConnections.OpenAsync(reader, Context, needsBroker, needsDatabase: true, cancellationToken, mayUseBroker);
        var name = parsed.GetValue(Named)!;
        try
        {
            return await stores.Schedules!.FindAsync(name, cancellationToken) is { } row
                ? await RunAsync(parsed, row, stores, cancellationToken)
                : await NotFoundAsync(name);
        }
        catch (ScheduleRefusedException e)
        {
            await Context.Error.WriteLineAsync($"'{TerminalText.Quote(name)}' stays as it is: {e.Message}.");
            return ExitCode.Refused;
        }
    }

    protected async Task<int> NotFoundAsync(string name)
    {
        await Context.Error.WriteLineAsync($"There is no schedule '{TerminalText.Quote(name)}': '{Context.Program} schedule list' lists them.");
        return ExitCode.NotFound;
    }

    /// <summary>Tells how many ticks of before are not in the broker yet, and what becomes of them.</summary>
    /// <param name="row">The schedule as it was.</param>
    /// <param name="stores">Where its ticks are.</param>
    /// <param name="fate">The end of the sentence.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    protected async Task TellOfWaitingAsync(StoredSchedule row, StoreConnections stores, string fate, CancellationToken cancellationToken)
    {
        if (await stores.Ticks!.CountWaitingAsync(row.Id, cancellationToken) is (var pending, var buffered) && pending + buffered > 0)
        {
            await Context.Output.WriteLineAsync($"{pending} pending and {buffered} buffered tick(s) of before {fate}.");
        }
    }

    /// <summary>Tells that ticks which were due do not run, because no beat has written them.</summary>
    protected Task TellOfUnwrittenAsync(StoredSchedule row, string why) =>
        Context.Output.WriteLineAsync($"Ticks that were due from {ScheduleWhen.Local(row.NextDue, row.Schedule.Timing)} on and are not written yet do not run: {why}.");

    /// <summary>Tells that the next release undoes an edit of a declared schedule.</summary>
    protected async Task WarnAboutReleaseAsync(StoredSchedule row)
    {
        if (row.Source == "declared")
        {
            await Context.Error.WriteLineAsync($"'{row.Schedule.Name}' is declared in the schedules file: the next release makes it as it stands there.");
        }
    }
}
