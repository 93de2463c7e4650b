using System.Diagnostics;
using System.Runtime.InteropServices;

namespace TaskRunner.Bench.Support;

/// <summary>A process that the benchmark started, alone or with children; it is ended by its id and no other way.</summary>
internal sealed partial class Child : IDisposable
{
    private static readonly List<Child> Running = [];

    private readonly Process process;

    private Child(Process process) => this.process = process;

    public int Id => process.Id;

    public bool HasExited => process.HasExited;

    public static Child Start(string program, IEnumerable<string> arguments, IReadOnlyDictionary<string, string> environment, string log, string? folder = null)
    {
        // A shell writes the log, so that a child that writes much is not held up by a pipe that nobody reads; exec keeps the id.
        var start = new ProcessStartInfo("/bin/sh", ["-c", "log=$1; shift; exec \"$@\" >> \"$log\" 2>&1", "sh", log, program, .. arguments]) { WorkingDirectory = folder ?? "" };
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        var child = new Child(Process.Start(start)!);
        lock (Running)
        {
            Running.Add(child);
        }

        return child;
    }

    /// <summary>Runs a program to its end and returns what it printed.</summary>
    /// <exception cref="InvalidOperationException">It failed; the message has what it said.</exception>
    public static async Task<string> RunAsync(string program, IEnumerable<string> arguments, IReadOnlyDictionary<string, string> environment, string? folder = null)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = folder ?? "" };
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        return process.ExitCode == 0 ? await output : throw new InvalidOperationException($"{program} ended with {process.ExitCode}: {Reason(await error)}");
    }

    // The line that names the error; the rest is for those who know the program.
    private static string Reason(string error)
    {
        var lines = error.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        return Array.Find(lines, l => l.Contains("Error", StringComparison.Ordinal)) ?? lines.LastOrDefault() ?? "it said nothing";
    }

    /// <summary>Asks it to stop, and after ten seconds ends it and the children that it left.</summary>
    public async Task StopAsync()
    {
        if (!process.HasExited)
        {
            var family = ProcessTree.Ids(Id);
            _ = Kill(Id, SigTerm);
            using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(10));
            try
            {
                await process.WaitForExitAsync(patience.Token);
            }
            catch (OperationCanceledException)
            {
                foreach (var id in family)
                {
                    _ = Kill(id, SigKill);
                }

                await process.WaitForExitAsync();
            }
        }

        lock (Running)
        {
            Running.Remove(this);
        }
    }

    /// <summary>Ends whatever still runs; the last thing that the benchmark does, however it ends.</summary>
    public static void EndAll()
    {
        lock (Running)
        {
            foreach (var child in Running.Where(c => !c.HasExited))
            {
                foreach (var id in ProcessTree.Ids(child.Id))
                {
                    _ = Kill(id, SigKill);
                }
            }

            Running.Clear();
        }
    }

    public void Dispose() => process.Dispose();

    private const int SigTerm = 15;
    private const int SigKill = 9;

    [LibraryImport("libc", EntryPoint = "kill")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Kill(int id, int signal);
}
