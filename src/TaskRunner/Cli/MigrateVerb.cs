using System.CommandLine;
using TaskRunner.Configuration;

namespace TaskRunner.Cli;

/// <summary><c>migrate</c>: brings the database's schema up to date; repeatable, and safe to run several times at once.</summary>
internal sealed class MigrateVerb(VerbContext context)
    : Verb("migrate", "Create or update the tables in PostgreSQL.", context, Settings.DatabaseUrl, Settings.DatabaseCaFile)
{
    protected override async Task<int> RunAsync(ParseResult parsed, SettingsReader reader, CancellationToken cancellationToken)
    {
        await using var stores = await StoreConnections.OpenAsync(reader, Context, needsBroker: false, needsDatabase: true, cancellationToken);
        var applied = await stores.Migrator!.MigrateAsync(cancellationToken);
        foreach (var name in applied)
        {
            await Context.Output.WriteLineAsync($"applied {name}");
        }

        await Context.Output.WriteLineAsync(applied.Count == 0 ? "The schema is up to date." : $"The schema is up to date after {applied.Count} migration(s).");
        return ExitCode.Ok;
    }
}
