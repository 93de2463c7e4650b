using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using TaskRunner.Beat;

namespace TaskRunner.Cli.Schedules;

/// <summary><c>schedule preview NAME</c>.</summary>
internal sealed class PreviewVerb : NamedScheduleVerb
{
    private readonly NumberOption count = new("--count", "How many runs, 1 to 10000 (default: 10)", 1, 10_000, "-n");
    private readonly Option<string?> from = new("--from") { Description = "Runs from this time on, in the schedule's time zone (default: now)" };
    private readonly ChoiceOption output = OutputFormat.Create();

    public PreviewVerb(VerbContext context)
        : base("preview", "List the next runs, with the days on which clocks change marked.", context)
    {
        Options.Add(count);
        Options.Add(from);
        Options.Add(output);
    }

    protected override async Task<int> RunAsync(ParseResult parsed, StoredSchedule row, StoreConnections stores, CancellationToken cancellationToken)
    {
        var timing = row.Schedule.Timing;
        if (await ReadAsync(row) is not { } spec || await StartAsync(parsed, timing) is not { } start)
        {
            return ExitCode.Usage;
        }

        if (row.Unreadable is { } unreadable)
        {
            await Context.Error.WriteLineAsync($"'{TerminalText.Quote(row.Schedule.Name)}' does not run: {unreadable}.");
            return ExitCode.Usage;
        }

        var runs = SchedulePreview.Runs(spec, timing, ScheduleWhen.Zone(timing), start, count.ValueIn(parsed) ?? 10);
        if (parsed.IsJson(output))
        {
            await Context.Output.WriteLineAsync(JsonSerializer.Serialize(new PreviewView(row.Schedule.Name, timing.Timezone, runs), ScheduleJson.Default.PreviewView));
            return ExitCode.Ok;
        }

        var table = new Table("LOCAL", "UTC", "NOTE");
        foreach (var run in runs)
        {
            table.Add(run.Local, run.At.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss.FFF'Z'", CultureInfo.InvariantCulture), run.Note ?? "");
        }

        await Context.Output.WriteAsync(runs.Count > 0 ? table.ToString() : $"No more runs.{System.Environment.NewLine}");
        if (row.Schedule.Enabled == false)
        {
            await Context.Error.WriteLineAsync($"'{row.Schedule.Name}' is paused: none of this happens until it is resumed.");
        }

        return ExitCode.Ok;
    }

    private async Task<ScheduleSpec?> ReadAsync(StoredSchedule row)
    {
        try
        {
            return ScheduleSpec.Read(row.Schedule.Timing);
        }
        catch (FormatException e)
        {
            await Context.Error.WriteLineAsync($"'{row.Schedule.Name}' does not run: {e.Message}.");
            return null;
        }
    }

    private async Task<DateTimeOffset?> StartAsync(ParseResult parsed, ScheduleTiming timing)
    {
        try
        {
            return parsed.GetValue(from) is { } text ? TickExplanation.JustBefore(InstantText.Parse("--from", text, ScheduleWhen.Zone(timing))) : Context.Time.GetUtcNow();
        }
        catch (FormatException e)
        {
            await Context.Error.WriteLineAsync($"{e.Message}.");
            return null;
        }
    }
}
