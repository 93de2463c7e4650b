using System.ComponentModel;
using Medallion.Shell;

namespace ClusterTests.Cluster;

/// <summary>Runs programs to their end.</summary>
internal sealed class Cli(string program, IReadOnlyDictionary<string, string> environment)
{
    private static readonly TimeSpan Usual = TimeSpan.FromSeconds(60);

    /// <summary>Runs the program and returns what it printed to its standard output.</summary>
    /// <param name="arguments">Arguments; nothing secret, they stand in error messages.</param>
    /// <param name="input">What it reads on its standard input.</param>
    /// <param name="within">Time it may take; a minute when not given.</param>
    /// <exception cref="CliException">It ended with another code than 0, took too long or is not there.</exception>
    public async Task<string> RunAsync(IReadOnlyList<string> arguments, string input = "", TimeSpan? within = null)
    {
        var text = $"{Path.GetFileName(program)} {string.Join(' ', arguments.Select(Shorten))}";
        var limit = within ?? Usual;
        try
        {
            using var command = Start(arguments, options => options.Timeout(limit));
            var output = command.StandardOutput.ReadToEndAsync();
            var error = command.StandardError.ReadToEndAsync();
            await FeedAsync(command, input);
            var result = await command.Task;
            return result.ExitCode == 0 ? await output : throw new CliException(text, result.ExitCode, await error + await output);
        }
        catch (TimeoutException)
        {
            throw new CliException(text, null, $"It was stopped after {limit.TotalSeconds:0} s.");
        }
        catch (Win32Exception e)
        {
            throw new CliException(text, null, $"{program} does not start ({e.Message}): run `make tools`.");
        }
    }

    /// <summary>Starts the program; it ends when its input is closed, and so with this process, however that dies.</summary>
    public Command StartBound(IReadOnlyList<string> arguments) =>
        Command.Run(
            "/bin/sh",
            ["-c", "\"$@\" & exec > /dev/null 2>&1; cat; kill $!", "sh", program, .. arguments],
            options => options.EnvironmentVariables(environment));

    private Command Start(IReadOnlyList<string> arguments, Action<Shell.Options> configure) =>
        Command.Run(program, arguments, options =>
        {
            options.EnvironmentVariables(environment);
            configure(options);
        });

    private static async Task FeedAsync(Command command, string input)
    {
        try
        {
            await command.StandardInput.WriteAsync(input);
            command.StandardInput.Close();
        }
        catch (IOException)
        {
            // It gave up before it read all; its own message says why.
        }
    }

    private static string Shorten(string argument) => argument.Length <= 200 ? argument : $"{argument[..200]}…";
}
