using System.CommandLine;
using TaskRunner.Beat;
using TaskRunner.Configuration;

namespace TaskRunner.Cli.Schedules;

/// <summary><c>schedule add NAME …</c>.</summary>
internal sealed class AddVerb : Verb
{
    private readonly Argument<string> named = new("NAME") { Description = "Name of the schedule, 1 to 200 characters" };
    private readonly ScheduleFlags flags = new();

    public AddVerb(VerbContext context)
        : base("add", "Add a schedule; exit code 6 when the name is taken.", context, [.. ScheduleSettings.Database, Settings.Routes])
    {
        Arguments.Add(named);
        foreach (var option in flags.Options)
        {
            Options.Add(option);
        }
    }

    protected override async Task<int> RunAsync(ParseResult parsed, SettingsReader reader, CancellationToken cancellationToken)
    {
        var name = parsed.GetValue(named)!;
        var schedule = flags.Read(name, [], parsed, reader)?.Routed(reader.Routes(Settings.Routes), Context.Registry);
        await using var stores = await StoreConnections.OpenAsync(reader, Context, needsBroker: false, needsDatabase: true, cancellationToken);
        if (schedule!.Timing.Once <= Context.Time.GetUtcNow())
        {
            await Context.Error.WriteLineAsync($"--once is {InstantText.Print(schedule.Timing.Once.Value)}, which is over: nothing was added.");
            return ExitCode.Refused;
        }

        try
        {
            if ((await stores.Schedules!.AddAsync([schedule], cancellationToken)).Count > 0)
            {
                await Context.Error.WriteLineAsync($"There is a schedule '{name}' already: edit it, or take another name.");
                return ExitCode.Refused;
            }
        }
        catch (ScheduleRefusedException e)
        {
            await Context.Error.WriteLineAsync($"Schedule '{name}' was not added: {e.Message}.");
            return ExitCode.Refused;
        }

        await Context.Output.WriteLineAsync($"added {name}: {ScheduleWhen.Describe(schedule.Timing)}, task {schedule.Task} on queue {schedule.Queue} with priority {schedule.Priority}");
        return ExitCode.Ok;
    }
}
