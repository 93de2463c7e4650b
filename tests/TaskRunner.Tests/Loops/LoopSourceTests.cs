using System.Text.RegularExpressions;
using FluentAssertions;
using TaskRunner.Tests.Docs;
using Xunit;

namespace TaskRunner.Tests.Loops;

/// <summary>Nothing in the source starts a loop beside the supervisor.</summary>
public sealed partial class LoopSourceTests
{
    // What begins work that nobody waits for, or waits for ticks by itself.
    private static readonly string[] Banned =
    [
        "Task.Run(", "Task.Factory.", "new Thread(", "QueueUserWorkItem(", "new PeriodicTimer(", "new Timer(", ".CreateTimer(", "BackgroundService", "async void", ".ContinueWith(",
        "new BlockingCollection<", "while (!stopping.IsCancellationRequested)",
    ];

    /// <summary>Where one of them is no loop beside the supervisor, and why.</summary>
    private static readonly Dictionary<string, string> Allowed = new(StringComparer.Ordinal)
    {
        ["Loops/SupervisedLoop.cs"] = "the supervisor itself",
        ["Observability/Logs/LogOutput.cs"] = "the thread of the log, which tells the supervisor of what fails: the supervisor's own log goes through it",
        ["Observability/Logs/QueuedLogProvider.cs"] = "a thread for a provider of the application; each entry is tried for itself",
        ["Client/EnqueueCoalescer.cs"] = "one batch, not a loop; whatever fails ends with an answer for every caller and tells the supervisor",
        ["Redis/RedisConnector.cs"] = "starts the supervised loop on a thread without the context of its caller",
        ["Redis/RedisConnection.cs"] = "reads and writes end with their connection, which is closed whatever ended them; the connector opens the next one",
        ["Redis/DeadlineTimer.cs"] = "one timer of a connection",
        ["Worker/Fetcher.cs"] = "the body of the loop fetch; it outlives its stop signal for the drain, so it calls the supervisor itself",
        ["Worker/ResultRelay.cs"] = "the body of the loop results",
        ["Worker/Sleeper.cs"] = "one sleep of the loop fetch",
        ["Worker/WorkerEngine.cs"] = "the last step of a worker, which is waited for",
        ["Worker/HeldTasks.cs"] = "one attempt, which reports its end",
        ["Worker/Processor.cs"] = "one attempt with a hard time limit, which is waited for",
        ["Worker/AttemptLimit.cs"] = "one timer of an attempt",
        ["Worker/SafeCancel.cs"] = "the callbacks of one token, which may block",
        ["Worker/PoolThreads.cs"] = "one item that measures how long work waits for a thread",
        ["Worker/AbandonedAttempts.cs"] = "counts the end of an attempt",
        ["Beat/PatientRules.cs"] = "one call of a key function, which is waited for",
        ["Cli/StopSignal.cs"] = "the limit of the time to stop, which must hold whatever the pool and the supervisor do",
        ["Beat/BeatService.cs"] = "the body of the loop beat",
        ["Broker/ServerProbe.cs"] = "the body of the loop broker-check",
        ["Results/ResultWaiter.cs"] = "waits for its caller",
    };

    [Fact]
    public void Nothing_starts_a_loop_beside_the_supervisor()
    {
        var found = Sources().Where(file => Banned.Any(token => file.Text.Contains(token, StringComparison.Ordinal))).Select(file => file.Path);

        found.Except(Allowed.Keys, StringComparer.Ordinal).Should().BeEmpty("a background loop belongs to the LoopSupervisor; what is none is listed in this test with its reason");
    }

    [Fact]
    public void Every_loop_that_the_source_names_is_tried_by_a_test()
    {
        var named = Sources().SelectMany(file => LoopName().Matches(file.Text).Select(match => match.Groups[1].Value)).Distinct(StringComparer.Ordinal);

        named.Should().BeEquivalentTo(
            LoopTable.Worker.Concat(LoopTable.Beat).Concat(LoopTable.Client).Select(l => l.Loop).Concat(LoopTable.Elsewhere.Select(l => l.Loop)).Distinct(StringComparer.Ordinal));
    }

    private static IEnumerable<(string Path, string Text)> Sources()
    {
        var folder = Path.Combine(CodeBlock.Root(), "src", "TaskRunner");
        return Directory.EnumerateFiles(folder, "*.cs", SearchOption.AllDirectories)
            .Select(file => Path.GetRelativePath(folder, file))
            .Where(file => !file.StartsWith("obj/", StringComparison.Ordinal) && !file.StartsWith("bin/", StringComparison.Ordinal))
            .Select(file => (file, File.ReadAllText(Path.Combine(folder, file))));
    }

    [GeneratedRegex("""\.Loop\("([^"]+)"\)""")]
    private static partial Regex LoopName();
}
