using System.CommandLine;
using TaskRunner.Beat;
using TaskRunner.Configuration;

namespace TaskRunner.Cli.Schedules;

/// <summary><c>schedule add NAME …</c>.</summary>
internal sealed class AddVerb : Verb
{
    private readonly Argument<string> named = new("NAME") { Description = "Name of the schedule, 1 to 200 characters" };
    private readonly ScheduleFlags flags = new();
    private readonly Option<bool> force = KnownNames.Force();

    public AddVerb(VerbContext context)
        : base("add", "Add a schedule; exit code 6 when the name is taken.", context, [.. Settings.Stores, Settings.Routes])
    {
        Arguments.Add(named);
        Options.Add(force);
        foreach (var option in flags.Options)
        {
            Options.Add(option);
        }
    }

    protected override async Task<int> RunAsync(ParseResult parsed, SettingsReader reader, CancellationToken cancellationToken)
    {
        var name = parsed.GetValue(named)!;
        var schedule = flags.Read(name, [], parsed, reader)?.Routed(reader.Routes(Settings.Routes), Context.Registry);
        await using var stores = await StoreConnections.OpenAsync(reader, Context, needsBroker: false, needsDatabase: true, cancellationToken, mayUseBroker: true);
        if (schedule!.Timing.Once <= Context.Time.GetUtcNow())
        {
            await Context.Error.WriteLineAsync($"--once is {InstantText.Print(schedule.Timing.Once.Value)}, which is over: nothing was added.");
            return ExitCode.Refused;
        }

        var names = new KnownNames(stores, Context, reader);
        if (!parsed.GetValue(force))
        {
            if (!await names.KnowTasksAsync([schedule.Task], cancellationToken))
            {
                return ExitCode.Usage;
            }

            await names.WarnAboutQueuesAsync(flags.NamedQueue(parsed), cancellationToken);
        }

        try
        {
            if ((await stores.Schedules!.AddAsync([schedule], cancellationToken)).Count > 0)
            {
                await Context.Error.WriteLineAsync($"There is a schedule '{TerminalText.Quote(name)}' already: edit it, or take another name.");
                return ExitCode.Refused;
            }
        }
        catch (ScheduleRefusedException e)
        {
            await Context.Error.WriteLineAsync($"Schedule '{TerminalText.Quote(name)}' was not added: {e.Message}.");
            return ExitCode.Refused;
        }

        await Context.Output.WriteLineAsync($"added {name}: {ScheduleWhen.Describe(schedule.Timing)}, task {schedule.Task} on queue {schedule.Queue} with priority {schedule.Priority}");
        return ExitCode.Ok;
    }
}
