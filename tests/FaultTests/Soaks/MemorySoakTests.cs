using System.Diagnostics;
using System.Globalization;
using FluentAssertions;
using TaskRunner.FaultTests.Support;
using TaskRunner.Redis;
using TaskRunner.Tests.Support;
using Xunit;
using Xunit.Abstractions;

namespace TaskRunner.FaultTests.Soaks;

/// <summary>A worker under an even load: what it takes of the machine and of Redis does not grow.</summary>
public sealed class MemorySoakTests(ITestOutputHelper output)
{
    private const string Namespace = "soak";

    private static readonly TimeSpan Run = Soak.IsOn("memory") ? TimeSpan.FromMinutes(Soak.Minutes) : TimeSpan.FromSeconds(12);

    [Fact]
    public async Task Worker_under_load_keeps_its_memory_its_handles_and_its_keys()
    {
        var folder = Directory.CreateTempSubdirectory("taskrunner-ledger-").FullName;
        await using var redis = await RedisServer.StartAsync();
        await using var harness = await BrokerHarness.OpenAsync(redis.Url, options => options with { Namespace = Namespace });
        await using var worker = FaultProcess.Start("work", redis.Url, Namespace, folder, "soak", "16");
        await worker.Started;
        var tasks = (int)(Run.TotalSeconds * 100);
        await using var producer = FaultProcess.Start("produce", redis.Url, Namespace, folder, Number(Soak.Seed), "0", Number(tasks), "100", "20");
        await producer.Started;
        var began = Stopwatch.GetTimestamp();
        var samples = new List<(double Hours, Sample Seen)>();
        while (Stopwatch.GetElapsedTime(began) < Run)
        {
            await Task.Delay(Run / 60, TimeProvider.System);
            var sample = await SampleAsync(worker, harness);
            samples.Add((Stopwatch.GetElapsedTime(began).TotalHours, sample));
            Tell($"{Stopwatch.GetElapsedTime(began).TotalSeconds:F0} s: RSS {sample.Megabytes:F1} MB, {sample.Handles} handles, {sample.Connections} connections, {sample.Keys} keys");
        }

        await Eventually.TrueAsync(() => producer.HasExited, TimeSpan.FromSeconds(60));

        // The first half warms up: connections are made, pools fill and code is compiled.
        var second = samples.Skip(samples.Count / 2).ToList();
        var first = second[0].Seen;
        var last = await Eventually.ReturnsAsync(() => SampleAsync(worker, harness), s => s.Keys <= first.Keys && s.Connections <= first.Connections, TimeSpan.FromSeconds(30), "keys and connections are no more than in the middle of the run");
        var slope = Slope([.. second.Select(sample => (sample.Hours, sample.Seen.Megabytes))]);
        Tell($"{Run.TotalMinutes:F0} min, {tasks} tasks: RSS {first.Megabytes:F1} MB in the middle, {last.Megabytes:F1} MB at last, slope of the second half {slope:F2} MB/h; handles {first.Handles} and {last.Handles}");
        last.Handles.Should().BeLessThanOrEqualTo(first.Handles + 10);
        last.Megabytes.Should().BeLessThan(150);
        if (Run >= TimeSpan.FromMinutes(30))
        {
            slope.Should().BeLessThan(2);
        }

        Directory.Delete(folder, recursive: true);
    }

    /// <summary>The slope of the straight line that fits best.</summary>
    private static double Slope(List<(double X, double Y)> points)
    {
        var (x, y) = (points.Average(p => p.X), points.Average(p => p.Y));
        return points.Sum(p => (p.X - x) * (p.Y - y)) / points.Sum(p => (p.X - x) * (p.X - x));
    }

    private static async Task<Sample> SampleAsync(FaultProcess worker, BrokerHarness harness)
    {
        var status = await File.ReadAllLinesAsync(string.Create(CultureInfo.InvariantCulture, $"/proc/{worker.Id}/status"));
        var kilobytes = status.First(line => line.StartsWith("VmRSS:", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[1];
        var clients = (await harness.Client.ExecuteAsync(RedisCommand.Create("CLIENT", "LIST"), default)).AsString();

        // Keys that come and go with the load itself are left out: what lies in wait, what is held, and what travels to the results.
        var keys = (await harness.Client.ExecuteAsync(RedisCommand.Create("KEYS", "*"), default)).Items.Select(key => key.AsString()).Count(key => !IsOfTheMoment(key));
        return new Sample(
            double.Parse(kilobytes, CultureInfo.InvariantCulture) / 1024,
            Directory.GetFileSystemEntries(string.Create(CultureInfo.InvariantCulture, $"/proc/{worker.Id}/fd")).Length,
            clients.Split('\n').Count(line => line.Contains("name=soak", StringComparison.Ordinal)),
            keys);
    }

    private static bool IsOfTheMoment(string key) => key.Contains("}:r", StringComparison.Ordinal) || key.Contains("}:f:", StringComparison.Ordinal)
        || key.Contains("}:o:", StringComparison.Ordinal) || key.Contains(":report:", StringComparison.Ordinal) || key.EndsWith("}:d", StringComparison.Ordinal) || key.EndsWith("}:dm", StringComparison.Ordinal) || key.EndsWith("}:w", StringComparison.Ordinal);

    private static string Number(int number) => number.ToString(CultureInfo.InvariantCulture);

    private void Tell(FormattableString what)
    {
        var line = what.ToString(CultureInfo.InvariantCulture);
        output.WriteLine(line);
        Console.WriteLine(line);
    }

    private sealed record Sample(double Megabytes, int Handles, int Connections, int Keys);
}
