using Medallion.Shell;

namespace ChartTests.Rendering;

/// <summary>The real helm, found in the environment variable HELM, in <c>.cache/bin</c>, on PATH or in <c>node_modules</c>.</summary>
internal static class HelmCli
{
    private static readonly Lazy<string> Path = new(Find);

    private static readonly Lazy<string> Quickest = new(FindQuickest);

    /// <summary>The helm that was found.</summary>
    public static string Program => Path.Value;

    /// <summary>
    /// The helm that renders many sets of values: that of HELM, else <see cref="HelmVersions.Quickest"/>, which takes three quarters of the
    /// time that the oldest takes. Other tests show that all versions render the same.
    /// </summary>
    public static string ProgramForMany => Quickest.Value;

    /// <summary>Runs helm with <paramref name="input"/> on its standard input and returns what it printed.</summary>
    /// <exception cref="HelmException">Helm ended with another code than 0.</exception>
    public static string Run(string input, params string[] arguments) => Run(input, [], arguments);

    /// <inheritdoc cref="Run(string, string[])"/>
    public static string Run(string input, Dictionary<string, string> environment, params string[] arguments) =>
        RunProgram(Path.Value, input, environment, arguments);

    /// <summary>The same with another helm than the one that was found.</summary>
    /// <exception cref="HelmException">Helm ended with another code than 0.</exception>
    public static string RunProgram(string program, string input, Dictionary<string, string> environment, params string[] arguments)
    {
        using var command = Command.Run(
            program,
            arguments,
            // For half a second it does not pay to collect garbage often; as many processes run at a time as there are processors.
            options => options.EnvironmentVariables([new("GOGC", "300"), new("GOMAXPROCS", "1"), .. environment]));
        var output = command.StandardOutput.ReadToEndAsync();
        var error = command.StandardError.ReadToEndAsync();
        Feed(command, input);
        command.Wait();

        return command.Result.ExitCode == 0
            ? output.Result
            : throw new HelmException($"helm {string.Join(' ', arguments)}", command.Result.ExitCode, error.Result + output.Result);
    }

    private static void Feed(Command command, string input)
    {
        try
        {
            command.StandardInput.Write(input);
            command.StandardInput.Close();
        }
        catch (IOException)
        {
            // Helm gave up before it read the values; its own message says why.
        }
    }

    private static string FindQuickest()
    {
        var quickest = System.IO.Path.Combine(Repository.Root, ".cache", "bin", $"helm-{HelmVersions.Quickest}");
        return Environment.GetEnvironmentVariable("HELM") is null && File.Exists(quickest) ? quickest : Program;
    }

    private static string Find()
    {
        var paths = (Environment.GetEnvironmentVariable("PATH") ?? string.Empty).Split(':', StringSplitOptions.RemoveEmptyEntries);
        var modules = System.IO.Path.Combine(Repository.Root, "node_modules");
        var candidates = new[] { Environment.GetEnvironmentVariable("HELM"), System.IO.Path.Combine(Repository.Root, ".cache", "bin", "helm") }
            .Concat(paths.Select(folder => System.IO.Path.Combine(folder, "helm")))
            .Concat(Directory.Exists(modules) ? Directory.EnumerateFiles(modules, "helm", SearchOption.AllDirectories) : []);

        return candidates.FirstOrDefault(File.Exists)
            ?? throw new FileNotFoundException("There is no helm: run `make tools`, or set HELM to one (3.8 or newer).");
    }
}
