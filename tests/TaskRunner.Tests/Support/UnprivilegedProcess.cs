using System.Diagnostics;

namespace TaskRunner.Tests.Support;

/// <summary>Starts servers that refuse to run as root; they end with the process of the tests.</summary>
internal static class UnprivilegedProcess
{
    private const string Script = """
        log=$1; signal=$2; shift 2; exec 3<&0 >>"$log" 2>&1 </dev/null
        { cat <&3 >/dev/null; kill -"$signal" $$; } 2>/dev/null &
        exec 3<&-; exec "$@"
        """;

    // The account that servers run as: null for that of the tests, which is not root.
    private static readonly string? Account = Environment.UserName != "root" ? null
        : File.ReadLines("/etc/passwd").Any(line => line.StartsWith("postgres:", StringComparison.Ordinal)) ? "postgres" : "nobody";

    /// <summary>Gives a folder to the account that servers run as.</summary>
    public static async Task OwnAsync(string folder)
    {
        if (Account is null)
        {
            return;
        }

        using var child = Process.Start("chown", ["-R", Account, folder]);
        await child.WaitForExitAsync();
        if (child.ExitCode != 0)
        {
            throw new InvalidOperationException($"chown -R {Account} {folder} failed with code {child.ExitCode}.");
        }
    }

    /// <summary>Starts a program; closing its standard input ends it.</summary>
    /// <param name="signal">What ends it at once: one that it handles, or KILL, since a run in the background of a shell ignores QUIT and INT.</param>
    // The shell redirects the output and then becomes the program, so that the process id is the program's. What it leaves in
    // the background ends the program when this process dies, however it dies: then the pipe on standard input closes.
    public static Process Start(string folder, string log, string signal, string program, params string[] arguments)
    {
        string[] identity = Account is null ? [] : ["setpriv", $"--reuid={Account}", $"--regid={Group(Account)}", "--clear-groups"];
        string[] shell = ["/bin/sh", "-c", Script, "sh", log, signal, program];
        string[] words = [.. identity, .. shell, .. arguments];
        var start = new ProcessStartInfo(words[0], words[1..]) { WorkingDirectory = folder, UseShellExecute = false, RedirectStandardInput = true };
        start.Environment["LC_ALL"] = "C";
        return Process.Start(start)!;
    }

    private static string Group(string account) =>
        File.ReadLines("/etc/passwd").Single(line => line.StartsWith($"{account}:", StringComparison.Ordinal)).Split(':')[3];
}
