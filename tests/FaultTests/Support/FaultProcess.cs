using System.Diagnostics;
using System.Globalization;
using TaskRunner.FaultWorker;

namespace TaskRunner.FaultTests.Support;

/// <summary>A worker or a producer as a process of its own, and when it was alive.</summary>
internal sealed class FaultProcess : IAsyncDisposable
{
    private readonly Process process;
    private readonly List<(long From, long To)> frozen = [];
    private readonly TaskCompletionSource started = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long frozenAt;
    private int lastNumber;

    private FaultProcess(Process process) => this.process = process;

    public int Id { get; private set; }

    /// <summary>When it was killed, on the clock of the ledger; the largest number while it lives.</summary>
    public long DiedAt { get; private set; } = long.MaxValue;

    public bool HasExited => process.HasExited;

    public bool IsFrozen => frozenAt != 0;

    /// <summary>Completes when it has said something.</summary>
    public Task Started => started.Task;

    /// <summary>The number that a producer said last.</summary>
    public int LastNumber => Volatile.Read(ref lastNumber);

    public static FaultProcess Start(params IReadOnlyList<string> arguments) => Start(new Dictionary<string, string>(StringComparer.Ordinal), arguments);

    /// <param name="environment">Variables of its own.</param>
    /// <param name="arguments">Its command line.</param>
    public static FaultProcess Start(IReadOnlyDictionary<string, string> environment, IReadOnlyList<string> arguments)
    {
        var process = new Process
        {
            StartInfo = new ProcessStartInfo("dotnet", ["exec", typeof(Ledger).Assembly.Location, .. arguments]) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true },
        };
        process.StartInfo.Environment["DOTNET_TieredPGO"] = "0";
        process.StartInfo.Environment["DOTNET_gcServer"] = "0";
        foreach (var (name, value) in environment)
        {
            process.StartInfo.Environment[name] = value;
        }

        var started = new FaultProcess(process);
        process.OutputDataReceived += (_, e) => started.Hear(e.Data);
        process.ErrorDataReceived += (_, e) => started.Complain(e.Data);
        process.Start();
        started.Id = process.Id;
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return started;
    }

    /// <summary>What it wrote to its standard error.</summary>
    public string Complaints { get; private set; } = "";

    public async Task KillAsync()
    {
        if (!process.HasExited)
        {
            DiedAt = Stopwatch.GetTimestamp();
            process.Kill();
        }

        await process.WaitForExitAsync();
        DiedAt = Math.Min(DiedAt, Stopwatch.GetTimestamp());
        EndFreeze();
    }

    /// <summary>SIGTERM; it drains and is waited for.</summary>
    /// <returns>The exit code.</returns>
    public async Task<int> TerminateAsync()
    {
        await SignalAsync("TERM");
        await process.WaitForExitAsync();
        DiedAt = Stopwatch.GetTimestamp();
        return process.ExitCode;
    }

    public async Task FreezeAsync()
    {
        frozenAt = Stopwatch.GetTimestamp();
        await SignalAsync("STOP");
    }

    public async Task ThawAsync()
    {
        await SignalAsync("CONT");
        EndFreeze();
    }

    /// <summary>Whether it ran at this time and has had a moment to notice what happened while it was frozen.</summary>
    public bool WasAwake(long at, TimeSpan grace) =>
        at < DiedAt && !(frozenAt != 0 && at >= frozenAt) && !frozen.Any(f => at >= f.From && at < f.To + (long)(grace.TotalSeconds * Stopwatch.Frequency));

    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        process.Dispose();
    }

    private void EndFreeze()
    {
        if (frozenAt != 0)
        {
            frozen.Add((frozenAt, Stopwatch.GetTimestamp()));
            frozenAt = 0;
        }
    }

    private void Hear(string? line)
    {
        if (line is null)
        {
            return;
        }

        started.TrySetResult();
        if (int.TryParse(line, CultureInfo.InvariantCulture, out var number))
        {
            Volatile.Write(ref lastNumber, number);
        }
    }

    private void Complain(string? line)
    {
        if (line is { Length: > 0 })
        {
            Complaints += line + "\n";
        }
    }

    private async Task SignalAsync(string signal)
    {
        using var kill = Process.Start("/bin/sh", ["-c", string.Create(CultureInfo.InvariantCulture, $"kill -{signal} {process.Id}")]);
        await kill.WaitForExitAsync();
    }
}
