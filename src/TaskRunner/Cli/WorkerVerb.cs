using System.CommandLine;
using TaskRunner.Configuration;
using TaskRunner.Observability;
using TaskRunner.Worker;

namespace TaskRunner.Cli;

/// <summary><c>worker</c>: runs tasks until it is told to stop.</summary>
internal sealed class WorkerVerb(VerbContext context) : Verb(
    "worker",
    "Run tasks from Redis queues.",
    context,
    [.. Settings.Stores, .. Settings.Process, .. Settings.Failures, Settings.Queues, Settings.QueueOrder, Settings.Concurrency, Settings.DrainSeconds, .. Settings.Pod])
{
    /// <summary>How long a process may take to stop beside its drain.</summary>
    internal static readonly TimeSpan LongestStop = TimeSpan.FromSeconds(20);

    protected override async Task<int> RunAsync(ParseResult parsed, SettingsReader reader, CancellationToken cancellationToken)
    {
        var stores = StoreSettings.Read(reader, needsBroker: true, needsDatabase: false);
        var process = ProcessSettings.Read(reader);
        var collector = OtlpSettings.Read(reader);
        var worker = ProcessSettings.ReadWorker(reader, process, stores);
        var pod = PodSettings.Read(reader);
        reader.ThrowIfMistaken();

        using var stop = new StopSignal(worker.Drain + LongestStop, cancellationToken);
        using var spans = SpanExport.Start(collector, Name, CommandLine.Version);
        await using var host = new WorkerHost(Context.Registry, Context.Services, stores, process, worker, pod, CommandLine.Version, Context.Time);
        Context.Supervising?.Invoke(host.Loops);
        await host.RunAsync(Context.Listening, stop.Token);
        return ExitCode.Ok;
    }
}
