using System.CommandLine;
using System.Text.Json;
using TaskRunner.Broker;
using TaskRunner.Configuration;

namespace TaskRunner.Cli.Control;

/// <summary><c>control revoke ID…</c>: cancels tasks for good, wherever they are. A running one has its token cancelled within about two seconds.</summary>
internal sealed class RevokeVerb : Verb
{
    private readonly Argument<Guid[]> ids = new("ID") { Description = "Ids of tasks, as enqueue printed them", Arity = ArgumentArity.OneOrMore };
    private readonly Option<string> output = OutputFormat.Create();

    public RevokeVerb(VerbContext context)
        : base("revoke", "Cancel tasks, whether they wait or run. It holds across restarts, for seven days.", context, Settings.Stores)
    {
        Arguments.Add(ids);
        Options.Add(output);
    }

    protected override async Task<int> RunAsync(ParseResult parsed, SettingsReader reader, CancellationToken cancellationToken)
    {
        await using var stores = await StoreConnections.OpenAsync(reader, Context, needsBroker: true, needsDatabase: false, cancellationToken);
        var revoked = new List<RevokedView>();
        foreach (var id in parsed.GetValue(ids)!.Distinct())
        {
            var status = await stores.Broker.CancelAsync(id, cancellationToken);
            revoked.Add(status switch
            {
                CancelStatus.Cancelled => new RevokedView(id, "cancelled", "it had not started"),
                CancelStatus.Running => new RevokedView(id, "running", "its worker hears of it within two seconds"),
                _ => new RevokedView(id, "marked", "it does not start when it is fetched, if it ever is"),
            });
        }

        if (parsed.IsJson(output))
        {
            await Context.Output.WriteLineAsync(JsonSerializer.Serialize(new RevokedTasksView(revoked), CliJson.Default.RevokedTasksView));
            return ExitCode.Ok;
        }

        var table = new Table("ID", "STATUS", "DETAIL");
        foreach (var task in revoked)
        {
            table.Add(task.Id.ToString(), task.Status, task.Detail);
        }

        await Context.Output.WriteAsync(table.ToString());
        return ExitCode.Ok;
    }
}
