using System.Diagnostics;
using System.Globalization;
using FluentAssertions;
using TaskRunner.Broker;
using TaskRunner.FaultTests.Scripts;
using TaskRunner.FaultTests.Support;
using TaskRunner.FaultWorker.Chaos;
using TaskRunner.Tests.Support;
using Xunit;
using Xunit.Abstractions;

namespace TaskRunner.FaultTests.Chaos;

/// <summary>
/// Tasks whose code throws where nobody expects it, blocks threads, logs megabytes, returns what cannot be written or ends its process; and producers that push
/// malformed messages among them. At the end every task has one result, every worker is idle with all its slots, and no process ended for another reason.
/// </summary>
public sealed class ChaosTests(ITestOutputHelper output) : IAsyncLifetime
{
    private const string Namespace = "chaos";
    private const int Workers = 2;
    private const int Concurrency = 8;
    private const int Rate = 40;

    private static readonly bool IsLong = Soak.IsOn("storm");

    private static readonly int Tasks = IsLong ? (int)(Soak.Minutes * 60 * Rate) : 10 * Rate;

    private readonly string folder = Directory.CreateTempSubdirectory("taskrunner-chaos-").FullName;
    private readonly List<ChaosWorker> workers = [];
    private readonly SortedDictionary<string, int> probes = new(StringComparer.Ordinal);
    private RedisServer redis = null!;
    private BrokerHarness harness = null!;
    private int restarts;

    public async Task InitializeAsync()
    {
        redis = await RedisServer.StartAsync();
        harness = await BrokerHarness.OpenAsync(redis.Url, options => options with { Namespace = Namespace });
    }

    public async Task DisposeAsync()
    {
        foreach (var worker in workers)
        {
            await worker.DisposeAsync();
        }

        await harness.DisposeAsync();
        await redis.DisposeAsync();
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task Hostile_code_and_hostile_producers_cost_no_task_no_slot_and_no_process() => await RunAsync(crashes: 0);

    [Fact]
    public async Task Tasks_that_end_their_process_cost_no_other_task_and_no_slot() => await RunAsync(crashes: IsLong ? Tasks / 1_000 : 1);

    private async Task RunAsync(int crashes)
    {
        for (var i = 0; i < Workers; i++)
        {
            workers.Add(new ChaosWorker(redis.Url, Namespace, folder, string.Create(CultureInfo.InvariantCulture, $"w{i}"), Concurrency));
            workers[^1].Start();
        }

        await using var producer = FaultProcess.Start(
            ["chaos-produce", redis.Url, Namespace, folder, Text(Soak.Seed), Text(Tasks), Text(Rate), Text(crashes)]);
        var began = Stopwatch.GetTimestamp();
        while (!producer.HasExited)
        {
            await LookAsync();
        }

        producer.LastNumber.Should().BeGreaterThanOrEqualTo(Tasks, $"the producer has enqueued all: {producer.Complaints}");
        var answered = Ids('A');
        var quiet = TimeSpan.FromSeconds(90 + (crashes * 5) + (Tasks / 100));
        var left = answered;
        while (left.Count > 0 && Stopwatch.GetElapsedTime(began) < TimeSpan.FromSeconds((double)Tasks / Rate) + quiet)
        {
            await LookAsync();
            left = await WithoutResultAsync(left);
        }

        var status = await UntilIdleAsync();
        Tell($"seed {Soak.Seed}: {answered.Count} tasks, {left.Count} without a result; {restarts} ends of processes; {status}; probes while it ran: {string.Join(", ", probes.Select(p => $"{p.Value} × {p.Key}"))}");
        var types = left.Count > 0 ? await TypesAsync(left) : string.Empty;
        left.Should().BeEmpty($"every task ends with a result, of whatever type it is; without one are {types}");
        status.Running.Should().Be(0, "idle workers hold nothing");
        status.Waiting.Should().Be(0);
        restarts.Should().BeLessThanOrEqualTo(CrashesBegun(), "a process ends only by a task that ends it");
        (crashes > 0).Should().Be(restarts > 0);
        (await harness.Client.ExecuteAsync(TaskRunner.Redis.RedisCommand.Create("HLEN", harness.Queue.Slots), default)).AsInteger().Should().Be(0, "slots of concurrency keys are given back");
        (await harness.Client.ExecuteAsync(TaskRunner.Redis.RedisCommand.Create("HLEN", harness.Queue.Unique), default)).AsInteger().Should().Be(0, "unique keys are given back");
        Places.Of(await Snapshot.ReadAsync(harness), harness.Queue).Mistakes.Should().BeEmpty();
        await MeetAsync();
        foreach (var worker in workers)
        {
            (await worker.ProbeAsync("/livez")).Should().Be("ok");
            (await worker.ProbeAsync("/readyz")).Should().Be("ok");
            (await worker.TerminateAsync()).Should().Be(0, "a worker that is told to stop drains");
        }
    }

    /// <summary>All slots of all workers run something at the same time: none is lost.</summary>
    private async Task MeetAsync()
    {
        var meeting = Enumerable.Range(0, Workers * Concurrency).Select(_ => new EnqueueRequest(BrokerHarness.Message(ChaosTasks.Meeting))).ToList();
        await harness.Broker.EnqueueAsync(meeting, default);
        await Eventually.TrueAsync(
            async () => (await harness.Broker.StatusAsync("default", default)).Running == Workers * Concurrency, TimeSpan.FromSeconds(20), "every slot of every worker has a task");
        await File.WriteAllTextAsync(Path.Combine(folder, "released"), "");
        await UntilIdleAsync();
    }

    /// <summary>A second of it: probes are asked, and processes that ended are started again.</summary>
    private async Task LookAsync()
    {
        foreach (var worker in workers)
        {
            if (worker.HasExited)
            {
                restarts++;
                worker.Start();
            }

            var answer = await worker.ProbeAsync("/livez");
            probes[answer] = probes.GetValueOrDefault(answer) + 1;
        }

        await Task.Delay(TimeSpan.FromSeconds(1), TimeProvider.System);
    }

    private async Task<QueueStatus> UntilIdleAsync()
    {
        var until = Stopwatch.GetTimestamp() + (20 * Stopwatch.Frequency);
        QueueStatus status;
        do
        {
            await LookAsync();
            status = await harness.Broker.StatusAsync("default", default);
        }
        while ((status.Waiting > 0 || status.Running > 0 || status.Delayed > 0) && Stopwatch.GetTimestamp() < until);
        return status;
    }

    private async Task<List<Guid>> WithoutResultAsync(List<Guid> ids)
    {
        var left = new List<Guid>();
        foreach (var chunk in ids.Chunk(200))
        {
            var kept = (await harness.Broker.KeptResultsAsync(chunk, default)).Select(result => result.Id).ToHashSet();
            left.AddRange(chunk.Where(id => !kept.Contains(id)));
        }

        return left;
    }

    private async Task<string> TypesAsync(List<Guid> ids)
    {
        var state = await Snapshot.ReadAsync(harness);
        var places = Places.Of(state, harness.Queue);
        return string.Join(", ", ids.Take(20).Select(id => $"{id:N} ({(places.OfTask(id.ToString("N")) is { Count: > 0 } found ? string.Join(" and ", found) : "nowhere")}: {places.TypeOf(id.ToString("N"))})"));
    }

    private List<Guid> Ids(char kind) =>
        [.. Lines().Where(line => line[0] == kind).Select(line => Guid.ParseExact(line.AsSpan(2, 32), "N")).Distinct()];

    /// <summary>How often a task began that ends its process: it has no end in the ledger.</summary>
    private int CrashesBegun() => Lines().Count(line => line[0] == 'S') - Lines().Count(line => line[0] == 'E');

    private List<string> Lines()
    {
        var lines = new List<string>();
        foreach (var file in Directory.EnumerateFiles(folder, "*.ledger"))
        {
            using var reader = new StreamReader(new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite));
            while (reader.ReadLine() is { } line)
            {
                lines.Add(line);
            }
        }

        return lines;
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    private void Tell(FormattableString what)
    {
        var line = what.ToString(CultureInfo.InvariantCulture);
        output.WriteLine(line);
        Console.WriteLine(line);
    }
}
