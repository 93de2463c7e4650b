using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using TaskRunner.App;

namespace TaskRunner.Tests.Support;

/// <summary>The stock program as a process of its own, which can be killed.</summary>
internal sealed class WorkerProcess : IAsyncDisposable
{
    private readonly ConcurrentQueue<string> output = new();
    private readonly Process process;

    private WorkerProcess(Process process) => this.process = process;

    /// <summary>The stock program: the published one that TASKRUNNER_TEST_PROGRAM names, else the assembly beside the tests.</summary>
    public static string StockProgram { get; } =
        Environment.GetEnvironmentVariable("TASKRUNNER_TEST_PROGRAM") ?? typeof(DebugTasks).Assembly.Location;

    /// <summary>Whether the stock program is an assembly, which the runtime of the tests executes.</summary>
    public static bool IsManaged => StockProgram.EndsWith(".dll", StringComparison.Ordinal);

    public bool HasExited => process.HasExited;

    /// <summary>What it logged so far.</summary>
    public IReadOnlyCollection<string> Output => output;

    /// <summary>The files that it has mapped: its libraries.</summary>
    public string Mappings => File.ReadAllText(string.Create(CultureInfo.InvariantCulture, $"/proc/{process.Id}/maps"));

    /// <summary>Starts a verb with these variables and nothing else of TaskRunner's.</summary>
    public static WorkerProcess Start(string verb, params IReadOnlyList<(string Name, string Value)> environment) =>
        StartProgram(StockProgram, [verb, "--http-port", "0"], environment);

    /// <summary>What starts a program: an assembly, or a published one.</summary>
    public static string[] CommandOf(string program) =>
        program.EndsWith(".dll", StringComparison.Ordinal) ? ["dotnet", "exec", program] : [program];

    /// <summary>Starts any program of the solution: an assembly, or a published one.</summary>
    public static WorkerProcess StartProgram(string program, IReadOnlyList<string> arguments, params IReadOnlyList<(string Name, string Value)> environment)
    {
        // A shell that starts the tests in the background has signals ignored, and so would every child.
        string[] command = ["env", "--default-signal", .. CommandOf(program)];
        var start = new ProcessStartInfo(command[0], [.. command[1..], .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        var worker = new WorkerProcess(new Process { StartInfo = start });
        worker.process.OutputDataReceived += (_, e) => worker.Keep(e.Data);
        worker.process.ErrorDataReceived += (_, e) => worker.Keep(e.Data);
        worker.process.Start();
        worker.process.BeginOutputReadLine();
        worker.process.BeginErrorReadLine();
        return worker;
    }

    /// <summary>SIGKILL: no code of the process runs any more.</summary>
    public async Task KillAsync()
    {
        process.Kill();
        await process.WaitForExitAsync();
    }

    /// <summary>SIGSTOP: it freezes, its connections stay open.</summary>
    public Task FreezeAsync() => SignalAsync("STOP");

    /// <summary>SIGCONT: it goes on as if nothing had been.</summary>
    public Task ThawAsync() => SignalAsync("CONT");

    /// <summary>SIGTERM, and the exit code.</summary>
    public async Task<int> TerminateAsync()
    {
        await SignalAsync("TERM");
        return await ExitAsync();
    }

    public async Task<int> ExitAsync()
    {
        await process.WaitForExitAsync();
        return process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        if (!process.HasExited)
        {
            await KillAsync();
        }

        process.Dispose();
    }

    private void Keep(string? line)
    {
        if (line is not null)
        {
            output.Enqueue(line);
        }
    }

    /// <summary>Any signal, for example HUP.</summary>
    public async Task SignalAsync(string signal)
    {
        using var kill = Process.Start("/bin/sh", ["-c", string.Create(CultureInfo.InvariantCulture, $"kill -{signal} {process.Id}")]);
        await kill.WaitForExitAsync();
    }
}
