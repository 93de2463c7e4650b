using System.CommandLine;
using System.Text.Json;
using TaskRunner.Beat;

namespace TaskRunner.Cli.Schedules;

/// <summary><c>schedule explain NAME TIME</c>.</summary>
internal sealed class ExplainVerb : NamedScheduleVerb
{
    private readonly Argument<string> time = new("TIME") { Description = "Time of the tick, in the schedule's time zone unless it says Z or an offset, for example 2030-01-31T09:00" };
    private readonly ChoiceOption output = OutputFormat.Create();

    public ExplainVerb(VerbContext context)
        : base("explain", "Say what happened at a tick and why; exit code 4 when there is no such tick.", context)
    {
        Arguments.Add(time);
        Options.Add(output);
    }

    protected override async Task<int> RunAsync(ParseResult parsed, StoredSchedule row, StoreConnections stores, CancellationToken cancellationToken)
    {
        DateTimeOffset instant;
        try
        {
            instant = InstantText.Parse("TIME", parsed.GetValue(time)!, ScheduleWhen.Zone(row.Schedule.Timing));
        }
        catch (FormatException e)
        {
            await Context.Error.WriteLineAsync($"{e.Message}.");
            return ExitCode.Usage;
        }

        var tick = await stores.Ticks!.FirstFromAsync(row.Id, instant, cancellationToken);
        var explanation = TickExplanation.Of(row, instant, tick, await stores.Ticks.OldestAsync(row.Id, cancellationToken), Context.Time.GetUtcNow());
        if (await stores.Ticks.ClockJumpAsync(instant, cancellationToken) is { } jump)
        {
            string At(DateTimeOffset shown) => ScheduleWhen.Local(shown, row.Schedule.Timing);
            var way = jump.To > jump.From ? "forward" : "back";
            explanation = explanation with { Sentence = $"{explanation.Sentence} The clock of the database went {way} from {At(jump.From)} to {At(jump.To)}." };
        }

        if (parsed.IsJson(output))
        {
            var known = explanation.Tick;
            var view = new TickView(
                row.Schedule.Name, instant, explanation.State, explanation.Sentence, known?.TaskId, known?.Reason, known?.SentAt, known?.Resent ?? 0, known?.StartedAt, known?.FinishedAt, known?.Outcome);
            await Context.Output.WriteLineAsync(JsonSerializer.Serialize(view, ScheduleJson.Default.TickView));
        }
        else
        {
            await Context.Output.WriteLineAsync(TerminalText.OneLine(explanation.Sentence));
        }

        return explanation.State == TickExplanation.NoTick ? ExitCode.NotFound : ExitCode.Ok;
    }
}
