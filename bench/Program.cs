using TaskRunner.Bench;
using TaskRunner.Bench.Report;
using TaskRunner.Bench.Support;
using TaskRunner.Bench.Systems;

// TaskRunner.Bench PROGRAM PEERS OUTPUT [--quick | --beat | --latency]      or, as the worker that tells its time:      TaskRunner.Bench worker
if (args is ["worker", ..])
{
    return await LatencyWorker.RunAsync(args);
}

if (args is not [var program, var peers, var output, .. var flags] || flags is not ([] or ["--quick"] or ["--beat"] or ["--latency"]))
{
    await Console.Error.WriteLineAsync("Usage: TaskRunner.Bench PROGRAM PEERS OUTPUT [--quick | --beat | --latency]: the published stock program, the folder of the peers' scripts, the folder for the report. See bench/run.");
    return 2;
}

var folder = Directory.CreateTempSubdirectory("taskrunner-bench-").FullName;
AppDomain.CurrentDomain.ProcessExit += (_, _) => Child.EndAll();
Console.CancelKeyPress += (_, _) => Child.EndAll();
try
{
    if (flags is ["--latency"])
    {
        await new LatencyRun(folder).ExecuteAsync(new Ours(program));
        return 0;
    }

    var machine = await Machine.ReadAsync();
    var page = flags is ["--beat"] ? await BeatRun.ExecuteAsync(program, output, machine, folder) : await ComparePeersAsync(machine);
    await Console.Out.WriteLineAsync(await File.ReadAllTextAsync(page));
    await Console.Out.WriteLineAsync($"Written to {page}");
    return 0;
}
finally
{
    Child.EndAll();
    Directory.Delete(folder, recursive: true);
}

async Task<string> ComparePeersAsync(Machine machine)
{
    var quick = flags is ["--quick"];
    var run = new Run(quick, folder);
    var found = await run.ExecuteAsync(new Ours(program), [new Celery(peers), new Sidekiq(peers), new BullMq(peers)]);
    return await ReportFolder.WriteAsync(output, machine, found, quick ? "bench-quick" : "bench", run.Rounds, Clock.Now / 60);
}
