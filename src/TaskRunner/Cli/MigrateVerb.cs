using System.CommandLine;
using TaskRunner.Cli.Schedules;
using TaskRunner.Configuration;
using TaskRunner.Database;
using TaskRunner.Results;

namespace TaskRunner.Cli;

/// <summary><c>migrate</c>: brings the database's schema up to date; repeatable, and safe to run several times at once.</summary>
internal sealed class MigrateVerb : Verb
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);

    private readonly WaitOptions wait = new("0s");

    public MigrateVerb(VerbContext context)
        : base("migrate", "Create or update the tables in PostgreSQL.", context, [.. ScheduleSettings.Database])
    {
        wait.Timeout.Description = "Longest wait for a database that is still starting, for example 60s (default: 0s)";
        Options.Add(wait.Timeout);
    }

    protected override async Task<int> RunAsync(ParseResult parsed, SettingsReader reader, CancellationToken cancellationToken)
    {
        var patience = wait.TimeoutIn(parsed);
        await using var stores = await StoreConnections.OpenAsync(reader, Context, needsBroker: false, needsDatabase: true, cancellationToken);
        var applied = await MigrateAsync(stores.Migrator!, patience, cancellationToken);
        if (reader.Text(Settings.Namespace) is not null)
        {
            await using var postgres = new Postgres(stores.Settings.Database!);
            await Installation.MakeRoomAsync(postgres, cancellationToken);
        }

        foreach (var name in applied)
        {
            await Context.Output.WriteLineAsync($"applied {name}");
        }

        await Context.Output.WriteLineAsync(applied.Count == 0 ? "The schema is up to date." : $"The schema is up to date after {applied.Count} migration(s).");
        return ExitCode.Ok;
    }

    private async Task<IReadOnlyList<string>> MigrateAsync(Migrator migrator, TimeSpan patience, CancellationToken cancellationToken)
    {
        var started = Context.Time.GetTimestamp();
        for (var first = true; ; first = false)
        {
            try
            {
                return await migrator.MigrateAsync(cancellationToken);
            }
            catch (DatabaseUnavailableException e) when (Context.Time.GetElapsedTime(started) < patience)
            {
                if (first)
                {
                    await Context.Error.WriteLineAsync($"{e.Message} Waiting up to {patience.TotalSeconds:0} s.");
                }
            }

            await Task.Delay(Pause, Context.Time, cancellationToken);
        }
    }
}
