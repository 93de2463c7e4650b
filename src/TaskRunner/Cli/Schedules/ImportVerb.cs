using System.CommandLine;
using System.Text.Json;
using TaskRunner.Beat;
using TaskRunner.Beat.Celery;
using TaskRunner.Configuration;
using TaskRunner.Database;

namespace TaskRunner.Cli.Schedules;

/// <summary><c>schedule import --from celery</c>.</summary>
internal sealed class ImportVerb : Verb
{
    private readonly ChoiceOption from = new("--from", "Where the schedules come from: celery, the tables of django-celery-beat", ["celery"]) { Required = true };
    private readonly Option<bool> dryRun = new("--dry-run") { Description = "Say what would be imported, and change nothing" };
    private readonly Option<bool> paused = new("--paused") { Description = "Import all schedules paused, for a change-over with Celery's beat still running" };
    private readonly ChoiceOption output = OutputFormat.Create();

    public ImportVerb(VerbContext context)
        : base(
            "import",
            "Take over the periodic tasks of django-celery-beat; again at any time, for those that came from there. Exit code 6 when a name is taken by another schedule.",
            context,
            [.. ScheduleSettings.Database, Settings.CeleryDatabaseUrl, Settings.CeleryDatabasePassword, Settings.Routes])
    {
        foreach (var option in new Option[] { from, dryRun, paused, output })
        {
            Options.Add(option);
        }
    }

    protected override async Task<int> RunAsync(ParseResult parsed, SettingsReader reader, CancellationToken cancellationToken)
    {
        var routes = reader.Routes(Settings.Routes);
        var source = StoreSettings.ReadCeleryDatabase(reader);
        await using var stores = await StoreConnections.OpenAsync(reader, Context, needsBroker: false, needsDatabase: true, cancellationToken);
        await using var celery = new Postgres(source ?? stores.Settings.Database!);
        if (await new CeleryTables(celery).ReadAsync(cancellationToken) is not { } entries)
        {
            await Context.Error.WriteLineAsync($"{celery.Options} has no table django_celery_beat_periodictask: {Settings.CeleryDatabaseUrl.Label} names the database of the Django application.");
            return ExitCode.NotFound;
        }

        var import = CeleryImport.Of(entries, Context.Time.GetUtcNow());
        List<ScheduleDeclaration> schedules = [.. import.Schedules.Select(schedule => (parsed.GetValue(paused) ? schedule with { Enabled = false } : schedule).Routed(routes, Context.Registry))];
        try
        {
            if (!parsed.GetValue(dryRun) && await stores.Schedules!.ImportAsync(schedules, cancellationToken) is { Count: > 0 } taken)
            {
                foreach (var name in taken)
                {
                    await Context.Error.WriteLineAsync($"'{name}' is the name of another schedule, which did not come from Celery: rename one of the two; nothing was imported.");
                }

                return ExitCode.Refused;
            }
        }
        catch (ScheduleRefusedException e)
        {
            await Context.Error.WriteLineAsync($"Nothing was imported: {e.Message}.");
            return ExitCode.Refused;
        }

        await PrintAsync(parsed, import, schedules);
        return ExitCode.Ok;
    }

    private async Task PrintAsync(ParseResult parsed, CeleryImport import, List<ScheduleDeclaration> schedules)
    {
        var dry = parsed.GetValue(dryRun);
        if (parsed.IsJson(output))
        {
            var view = new ImportView(dry, [.. schedules.Select(schedule => new ImportedView(schedule.Name, ScheduleEntryWriter.Write(schedule)))], import.LeftOut, import.Remarks);
            await Context.Output.WriteLineAsync(JsonSerializer.Serialize(view, ScheduleJson.Default.ImportView));
            return;
        }

        var table = new Table("NAME", "STATE", "WHEN", "TASK", "QUEUE", "PRIORITY");
        foreach (var schedule in schedules)
        {
            table.Add(schedule.Name, schedule.Enabled == false ? "paused" : "on", ScheduleWhen.Describe(schedule.Timing), schedule.Task, schedule.Queue!, $"{schedule.Priority}");
        }

        await Context.Output.WriteAsync(table.ToString());
        foreach (var sentence in import.LeftOut.Concat(import.Remarks))
        {
            await Context.Error.WriteLineAsync(sentence);
        }

        await Context.Output.WriteLineAsync($"{schedules.Count} schedule(s) {(dry ? "would be imported" : "imported")}, {import.LeftOut.Count} left out.");
    }
}
