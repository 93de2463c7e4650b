using System.Diagnostics;

namespace TaskRunner.Tests.Beat.Oracle;

/// <summary>Asks a Python program of the system, which has Debian's packages.</summary>
internal static class PythonOracle
{
    private const string Python = "/usr/bin/python3";

    /// <summary>Runs a script of this folder with these lines on its standard input.</summary>
    /// <returns>The lines of its standard output.</returns>
    /// <exception cref="InvalidOperationException">It failed; the message has its standard error.</exception>
    public static async Task<string[]> RunAsync(string script, IEnumerable<string> lines)
    {
        var start = new ProcessStartInfo(Python, [Path.Combine(AppContext.BaseDirectory, "Beat", "Oracle", script)])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var python = Process.Start(start)!;
        var output = python.StandardOutput.ReadToEndAsync();
        var error = python.StandardError.ReadToEndAsync();
        await python.StandardInput.WriteAsync(string.Concat(lines.Select(line => line + '\n')));
        python.StandardInput.Close();
        await python.WaitForExitAsync();
        return python.ExitCode == 0
            ? (await output).Split('\n', StringSplitOptions.RemoveEmptyEntries)
            : throw new InvalidOperationException($"{script} failed with code {python.ExitCode}: {await error}");
    }
}
