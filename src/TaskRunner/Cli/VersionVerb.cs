using System.CommandLine;

namespace TaskRunner.Cli;

/// <summary><c>version</c>: the version alone, for scripts; it needs no configuration.</summary>
internal sealed class VersionVerb : Command
{
    public VersionVerb(VerbContext context)
        : base("version", "Print the version.") => SetAction(async (_, _) =>
        {
            await context.Output.WriteLineAsync(CommandLine.Version);
            return ExitCode.Ok;
        });
}
