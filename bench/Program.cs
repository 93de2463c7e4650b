using TaskRunner.Bench;
using TaskRunner.Bench.Report;
using TaskRunner.Bench.Support;
using TaskRunner.Bench.Systems;

// TaskRunner.Bench PROGRAM PEERS OUTPUT [--quick]      or, as the worker that tells its time:      TaskRunner.Bench worker
// TaskRunner.Bench beat PROGRAM OUTPUT
if (args is ["worker", ..])
{
    return await LatencyWorker.RunAsync(args);
}

if (args is ["beat", var published, var pages])
{
    return await BeatRun.ExecuteAsync(published, pages);
}

if (args is not [var program, var peers, var output, .. var flags] || flags.Except(["--quick"]).Any())
{
    await Console.Error.WriteLineAsync("Usage: TaskRunner.Bench PROGRAM PEERS OUTPUT [--quick]: the published stock program, the folder of the peers' scripts, the folder for the report. See bench/run.");
    return 2;
}

var quick = flags.Length > 0;
var folder = Directory.CreateTempSubdirectory("taskrunner-bench-").FullName;
AppDomain.CurrentDomain.ProcessExit += (_, _) => Child.EndAll();
Console.CancelKeyPress += (_, _) => Child.EndAll();
try
{
    var machine = await Machine.ReadAsync();
    var run = new Run(quick, folder);
    var found = await run.ExecuteAsync(new Ours(program), [new Celery(peers), new Sidekiq(peers), new BullMq(peers)]);
    var page = await ReportFolder.WriteAsync(output, machine, found, quick ? "bench-quick" : "bench", run.Rounds, Clock.Now / 60);
    await Console.Out.WriteLineAsync(await File.ReadAllTextAsync(page));
    await Console.Out.WriteLineAsync($"Written to {page}");
    return 0;
}
finally
{
    Child.EndAll();
    Directory.Delete(folder, recursive: true);
}
