using System.Globalization;

namespace TaskRunner.Tests.Support;

/// <summary>Where a server's program is and how it is told what to do.</summary>
internal static class ServerProgram
{
    public static string Name(ServerKind kind) => kind switch
    {
        ServerKind.Redis => "redis-server",
        ServerKind.Valkey => "valkey-server",
        _ => "garnet-server",
    };

    /// <exception cref="FileNotFoundException">It is neither on the PATH nor where <c>make tools</c> puts it.</exception>
    public static string Path(ServerKind kind) =>
        Folders().Select(folder => System.IO.Path.Combine(folder, Name(kind))).FirstOrDefault(File.Exists)
        ?? throw new FileNotFoundException($"{Name(kind)} is not there; install it with 'make tools'");

    /// <summary>Garnet takes flags; the others take a file, which they are given here.</summary>
    public static IReadOnlyList<string> Arguments(ServerKind kind, string folder, int port, IEnumerable<string> configuration, bool asSentinel)
    {
        if (kind is ServerKind.Redis or ServerKind.Valkey)
        {
            var file = System.IO.Path.Combine(folder, "server.conf");
            File.WriteAllLines(file, configuration);
            return asSentinel ? [file, "--sentinel"] : [file];
        }

        string[] lua = kind switch
        {
            ServerKind.Garnet => ["--lua", "--lua-transaction-mode"],
            ServerKind.GarnetWithoutIsolation => ["--lua"],
            _ => [],
        };
        return ["--bind", "127.0.0.1", "--port", port.ToString(CultureInfo.InvariantCulture), "--memory", "256m", "--index", "16m", "--checkpointdir", folder, .. lua];
    }

    private static IEnumerable<string> Folders()
    {
        foreach (var folder in (Environment.GetEnvironmentVariable("PATH") ?? "").Split(System.IO.Path.PathSeparator))
        {
            yield return folder;
        }

        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            yield return System.IO.Path.Combine(folder.FullName, ".cache", "bin");
        }
    }
}
