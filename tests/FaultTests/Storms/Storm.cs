using System.Diagnostics;
using System.Globalization;
using FluentAssertions;
using TaskRunner.FaultTests.Support;
using TaskRunner.Tests.Support;
using Xunit.Abstractions;

namespace TaskRunner.FaultTests.Storms;

/// <summary>How hard a storm blows.</summary>
/// <param name="Seed">Draws everything that is random in it.</param>
/// <param name="Tasks">How many tasks are enqueued.</param>
/// <param name="Rate">Tasks a second.</param>
/// <param name="LongestTask">A task takes up to so many milliseconds.</param>
internal sealed record StormPlan(int Seed, int Tasks, int Rate, int LongestTask)
{
    public int Workers { get; init; } = 4;

    /// <summary>Random kills of workers, and now and then of the producer.</summary>
    public int Kills { get; init; }

    /// <summary>Restarts of Redis after a kill.</summary>
    public int Restarts { get; init; }

    /// <summary>Time between two blows, from half to one and a half of it.</summary>
    public TimeSpan Pause { get; init; } = TimeSpan.FromSeconds(1.5);

    public TimeSpan RecoveryLimit { get; init; } = TimeSpan.FromSeconds(12);
}

/// <summary>Workers and a producer as processes, a Redis, and blows to all of them; the ledger tells what came of the tasks.</summary>
internal sealed class Storm(StormPlan plan, ITestOutputHelper output) : IAsyncDisposable
{
    private const string Namespace = "storm";

    private readonly Random random = new(plan.Seed);
    private readonly string folder = Directory.CreateTempSubdirectory("taskrunner-ledger-").FullName;
    private readonly Dictionary<int, FaultProcess> all = [];
    private readonly List<FaultProcess> workers = [];
    private readonly long began = Stopwatch.GetTimestamp();
    private RedisServer redis = null!;
    private int producer;
    private int produced;
    private int kills;
    private int restarts;
    private int freezes;
    private int terminations;

    /// <summary>Blows until the plan is fulfilled, waits until every task is settled, and judges.</summary>
    public async Task RunAsync()
    {
        redis = await RedisServer.StartAsync(new RedisServerOptions { AppendOnly = true });
        await using var auditor = await Auditor.StartAsync(redis.Url, Namespace);
        for (var i = 0; i < plan.Workers; i++)
        {
            workers.Add(StartWorker());
        }

        producer = StartProducer(0).Id;
        await Task.WhenAll(workers.Select(worker => worker.Started));
        while (kills < plan.Kills || restarts < plan.Restarts)
        {
            await Task.Delay(plan.Pause * (0.5 + random.NextDouble()), TimeProvider.System);
            await BlowAsync();
        }

        await CalmAsync();
        await UntilSettledAsync();
        Judge(await auditor.StopAsync());
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var process in all.Values)
        {
            await process.DisposeAsync();
        }

        await redis.DisposeAsync();
        Directory.Delete(folder, recursive: true);
    }

    private async Task BlowAsync()
    {
        foreach (var frozen in workers.Where(w => w.IsFrozen && random.Next(4) == 0))
        {
            await frozen.ThawAsync();
        }

        var victim = workers[random.Next(workers.Count)];
        switch (random.Next(10))
        {
            case 0 when !victim.IsFrozen:
                freezes++;
                await victim.FreezeAsync();
                break;
            case 1 when !victim.IsFrozen:
                terminations++;
                (await victim.TerminateAsync()).Should().Be(0, $"a worker that is told to stop drains: {victim.Complaints}");
                Replace(victim);
                break;
            case 2 or 3 when restarts < plan.Restarts:
                restarts++;
                await redis.RestartAsync();
                break;
            case 4:
                await all[producer].KillAsync();
                producer = StartProducer(Produced()).Id;
                break;
            case >= 5 when kills < plan.Kills:
                kills++;
                await victim.KillAsync();
                Replace(victim);
                break;
        }

        if (kills % 20 == 0)
        {
            Tell($"{kills} kills, {freezes} freezes, {terminations} terminations, {restarts} restarts of Redis, {Produced()} of {plan.Tasks} enqueued");
        }
    }

    private async Task CalmAsync()
    {
        foreach (var worker in workers.Where(w => w.IsFrozen))
        {
            await worker.ThawAsync();
        }

        await Eventually.TrueAsync(
            () =>
            {
                if (all[producer].HasExited && Produced() < plan.Tasks)
                {
                    producer = StartProducer(Produced()).Id;
                }

                return Produced() >= plan.Tasks;
            },
            TimeSpan.FromSeconds((2.0 * plan.Tasks / plan.Rate) + 60),
            "every task is enqueued");
    }

    private Task<(int Lost, int Answered)> UntilSettledAsync() => Eventually.ReturnsAsync(
        async () =>
        {
            await Task.Delay(TimeSpan.FromSeconds(1), TimeProvider.System);
            var book = LedgerBook.Read(folder);
            return (Lost: book.Lost.Count, book.Answered);
        },
        seen => seen.Answered >= plan.Tasks && seen.Lost == 0,
        TimeSpan.FromSeconds(60 + (plan.Tasks / 200)),
        "every enqueue that was answered is settled");

    private void Judge(int auditFindings)
    {
        var book = LedgerBook.Read(folder);
        var recoveries = book.Recoveries(all);
        var heldTwice = book.HeldTwice(all);
        var p99 = At(0.99, recoveries);
        Tell(string.Create(
            CultureInfo.InvariantCulture,
            $"seed {plan.Seed}: {book.Answered} tasks, {kills} kills, {freezes} freezes, {terminations} terminations, {restarts} restarts of Redis; lost {book.Lost.Count}, settled twice {book.SettledTwice.Count}, held twice {heldTwice.Count + auditFindings}, run again {book.Repeated}, given up {book.Buried}; {recoveries.Count} recoveries, p50 {At(0.5, recoveries).TotalSeconds:F1} s, p99 {p99.TotalSeconds:F1} s"));
        foreach (var part in recoveries.GroupBy(recovery => recovery.Before).OrderBy(part => part.Key))
        {
            var times = part.ToList();
            Tell(string.Create(CultureInfo.InvariantCulture, $"after {part.Key} earlier losses: {times.Count} recoveries, p50 {At(0.5, times).TotalSeconds:F1} s, p99 {At(0.99, times).TotalSeconds:F1} s, longest {times[^1].Took.TotalSeconds:F1} s"));
        }

        book.Lost.Should().BeEmpty("no task whose enqueue was answered is lost");
        book.NeverRun.Should().BeEmpty("a task is settled because it ran");
        book.SettledTwice.Should().BeEmpty("a task is settled once");
        heldTwice.Should().BeEmpty("no task is held by two live workers");
        auditFindings.Should().Be(0, "the broker books a task in one place");
        p99.Should().BeLessThanOrEqualTo(plan.RecoveryLimit);
        (recoveries.Count > 0).Should().Be(kills > 0, "a kill hits running tasks");
    }

    private static TimeSpan At(double share, IReadOnlyList<(int Before, TimeSpan Took)> recoveries) =>
        recoveries.Count == 0 ? TimeSpan.Zero : recoveries[(int)Math.Ceiling(recoveries.Count * share) - 1].Took;

    private void Replace(FaultProcess victim)
    {
        workers.Remove(victim);
        workers.Add(StartWorker());
    }

    private FaultProcess StartWorker() =>
        Register(FaultProcess.Start("work", redis.Url, Namespace, folder, string.Create(CultureInfo.InvariantCulture, $"w{all.Count}"), "16"));

    private FaultProcess StartProducer(int from)
    {
        produced = from;
        string[] numbers = [.. new[] { plan.Seed, from, plan.Tasks, plan.Rate, plan.LongestTask }.Select(n => n.ToString(CultureInfo.InvariantCulture))];
        return Register(FaultProcess.Start(["produce", redis.Url, Namespace, folder, .. numbers]));
    }

    private FaultProcess Register(FaultProcess process)
    {
        all[process.Id] = process;
        return process;
    }

    private int Produced() => produced = Math.Max(produced, all[producer].LastNumber);

    private void Tell(string what)
    {
        var line = string.Create(CultureInfo.InvariantCulture, $"{Stopwatch.GetElapsedTime(began).TotalSeconds,6:F0} s  {what}");
        output.WriteLine(line);
        Console.WriteLine(line);
    }
}
