using System.CommandLine;
using TaskRunner.Beat;
using TaskRunner.Configuration;
using TaskRunner.Observability;

namespace TaskRunner.Cli;

/// <summary><c>beat</c>: enqueues tasks on their schedules until it is told to stop.</summary>
internal sealed class BeatVerb(VerbContext context) : Verb(
    "beat",
    "Enqueue tasks on the schedules kept in PostgreSQL; any number of beats may run.",
    context,
    [.. Settings.Stores, .. Settings.Process, Settings.SchedulesFile, Settings.SchedulesSource, Settings.SchedulesVersion, Settings.Routes, Settings.Queues, Settings.CountQueues, Settings.TickTtlSeconds])
{
    protected override async Task<int> RunAsync(ParseResult parsed, SettingsReader reader, CancellationToken cancellationToken)
    {
        var stores = StoreSettings.Read(reader, needsBroker: true, needsDatabase: true);
        var process = ProcessSettings.Read(reader);
        var collector = OtlpSettings.Read(reader);
        var declared = ReadSchedules(reader) is { } schedules
            ? new DeclaredSet(schedules) { Source = reader.Text(Settings.SchedulesSource) ?? "", Version = reader.Number(Settings.SchedulesVersion, 0, 0, int.MaxValue) }
            : null;
        var queues = QueueShares.Read(reader, Settings.Queues, "default").Select(queue => queue.Name).ToList();
        var counts = reader.Choice(Settings.CountQueues, false, ("true", true), ("false", false));
        var tickTimeToLive = reader.Seconds(Settings.TickTtlSeconds, 604_800, 86_400, 31_536_000);
        reader.ThrowIfMistaken();

        using var stop = new StopSignal(WorkerVerb.LongestStop, cancellationToken);

        // Two beats on one host, or one that restarts, must not pass for each other.
        var named = process with { Name = $"{process.Name}:{Guid.NewGuid().ToString("N")[..8]}" };
        using var spans = SpanExport.Start(collector, Name, CommandLine.Version);
        await using var host = new BeatHost(declared, Context.Registry, new BeatQueues(queues, counts), tickTimeToLive, stores, named, CommandLine.Version, Context.Time);
        Context.Supervising?.Invoke(host.Loops);
        await host.RunAsync(Context.Listening, stop.Token);
        return ExitCode.Ok;
    }

    private IReadOnlyList<ScheduleDeclaration>? ReadSchedules(SettingsReader reader)
    {
        var routes = reader.Routes(Settings.Routes);
        if (reader.Text(Settings.SchedulesFile) is not { } path)
        {
            return null;
        }

        try
        {
            return [.. ScheduleFile.Read(path).Select(schedule => schedule.Routed(routes, Context.Registry))];
        }
        catch (ScheduleFileException e)
        {
            reader.Mistake($"{Settings.SchedulesFile.Label}: {e.Message}");
            return null;
        }
    }
}
