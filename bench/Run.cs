using System.Globalization;
using TaskRunner.Bench.Report;
using TaskRunner.Bench.Scenarios;
using TaskRunner.Bench.Support;
using TaskRunner.Bench.Systems;

namespace TaskRunner.Bench;

/// <summary>All scenarios of one run, system by system and round by round on the same Redis.</summary>
/// <param name="quick">Fewer tasks and one round.</param>
/// <param name="folder">A folder for logs, gone when the run is over.</param>
internal sealed class Run(bool quick, string folder)
{
    private readonly Measurements found = new();

    private int Shrink => quick ? 3 : 1;

    public int Rounds => quick ? 1 : 3;

    public async Task<Measurements> ExecuteAsync(Ours ours, IReadOnlyList<QueueSystem> peers)
    {
        var systems = await PresentAsync([ours, .. peers]);
        var stolen = new StolenTime();
        await using var redis = await RedisBox.StartAsync(folder);
        for (var round = 1; round <= Rounds; round++)
        {
            foreach (var system in systems)
            {
                await StepAsync(round, system, "consume", () => Consume.RunAsync(system, redis, system.Tasks / (system is Ours && quick ? 1 : Shrink), found, Log(system)));
                await StepAsync(round, system, "enqueue", () => Enqueue.RunAsync(system, redis, system is Ours ? 20_000 / Shrink : 4_000 / Shrink, 100_000 / (system is Ours ? 1 : 5) / Shrink, found));
                await StepAsync(round, system, "latency", () => Latency.IdleAsync(system, redis, 500 / Shrink, found, Log(system)));
                await StepAsync(round, system, "idle", () => Idle.RunAsync(system, redis, quick ? (5, 5) : (15, 10), found, Log(system)));
            }

            await StepAsync(round, ours, "32 slots", () => Consume.SmallBatchesAsync(ours, redis, ours.Tasks / Shrink, found, Log(ours)));
            await StepAsync(round, ours, "latency at 70 % load", () => Latency.LoadedAsync(ours, redis, quick ? 3 : 10, found, Log(ours)));
            await StepAsync(round, ours, "network delay", () => Size.NetworkAsync(ours, redis, ours.Tasks / Shrink, found, Log(ours)));
            if (quick || round > 1)
            {
                // A million tasks take longer to enqueue than all the rest: once is enough, and never in the quick run.
                continue;
            }

            await StepAsync(round, ours, "backlog", () => Size.BacklogAsync(ours, redis, found, Log(ours)));
            await StepAsync(round, ours, "delayed", () => Size.DelayedAsync(ours, redis, 500 / Shrink, found, Log(ours)));
        }

        found.Notes.Add(string.Create(CultureInfo.InvariantCulture, $"Of the machine's CPU time, {stolen.Percent:0.0} % went to others on its host meanwhile."));
        return found;
    }

    private async Task<List<QueueSystem>> PresentAsync(IReadOnlyList<QueueSystem> wanted)
    {
        var present = new List<QueueSystem>();
        foreach (var system in wanted)
        {
            if (await system.MissingAsync() is { } missing)
            {
                found.Notes.Add($"{missing} It was left out.");
                continue;
            }

            present.Add(system);
            found.Systems.Add(system.Name);
            found.Notes.Add($"{system.Name} {await system.VersionAsync()}: {system.Setup}.");
        }

        return present;
    }

    /// <summary>A scenario that fails is said, and the others go on: a peer that breaks must not cost the whole run.</summary>
    private async Task StepAsync(int round, QueueSystem system, string scenario, Func<Task> run)
    {
        var began = Clock.Now;
        try
        {
            await run();
            await Console.Out.WriteLineAsync($"round {round} of {Rounds}: {system.Name}, {scenario} ({Clock.Now - began:0.0} s)");
        }
        catch (Exception e) when (e is TimeoutException or InvalidOperationException)
        {
            found.Notes.Add($"{system.Name}, {scenario}, round {round}: {e.Message}");
            await Console.Error.WriteLineAsync($"round {round} of {Rounds}: {system.Name}, {scenario}: {e.Message}");
        }
    }

    private string Log(QueueSystem system) => Path.Combine(folder, $"{system.Name}.log");
}
