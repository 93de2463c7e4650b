using System.CommandLine;
using System.Text;
using System.Text.Json;
using TaskRunner.Beat;
using TaskRunner.Broker;

namespace TaskRunner.Cli.Schedules;

/// <summary><c>schedule run NAME</c>.</summary>
internal sealed class RunVerb : NamedScheduleVerb
{
    private readonly ChoiceOption output = OutputFormat.Create();

    public RunVerb(VerbContext context)
        : base("run", "Enqueue the schedule's task now, under an id of its own, and print the id; its ticks go on as before.", context, needsBroker: true) => Options.Add(output);

    protected override async Task<int> RunAsync(ParseResult parsed, StoredSchedule row, StoreConnections stores, CancellationToken cancellationToken)
    {
        var schedule = row.Schedule;
        if (row.Unreadable is { } unreadable)
        {
            await Context.Error.WriteLineAsync($"No task can be made of '{TerminalText.Quote(schedule.Name)}': {unreadable}.");
            return ExitCode.Refused;
        }

        var id = TaskId.Next(Context.Time);
        var message = new TaskMessage
        {
            Id = id,
            Task = schedule.Task,
            Queue = schedule.Queue!,
            Priority = schedule.Priority!.Value,
            Arguments = Encoding.UTF8.GetBytes(schedule.Arguments),
            EnqueuedAt = Context.Time.GetUtcNow(),
            Schedule = schedule.Name,
        };
        var request = Context.Registry.Apply(new EnqueueRequest(message) { Expires = schedule.Expires });
        try
        {
            if ((await stores.Broker.EnqueueAsync([request], cancellationToken))[0] == EnqueueStatus.UniqueKeyHeld)
            {
                await Context.Error.WriteLineAsync(EnqueueVerb.KeyHeld(request.Message));
                return ExitCode.Refused;
            }
        }
        catch (Exception e) when (e is ArgumentException or FormatException or JsonException)
        {
            await Context.Error.WriteLineAsync($"No task can be made of '{TerminalText.Quote(schedule.Name)}': {Sentence.Of(e)}.");
            return ExitCode.Refused;
        }

        await Context.Output.WriteLineAsync(
            parsed.IsJson(output) ? JsonSerializer.Serialize([new EnqueuedView(id, "accepted")], CliJson.Default.EnqueuedViewArray) : id.ToString());
        return ExitCode.Ok;
    }
}
