using System.CommandLine;
using System.Text.Json;
using TaskRunner.Broker;
using TaskRunner.Configuration;
using TaskRunner.Results;

namespace TaskRunner.Cli.Control;

/// <summary><c>control revoke ID…</c>: cancels tasks for good, wherever they are. A running one has its token cancelled within about two seconds.</summary>
internal sealed class RevokeVerb : Verb
{
    private readonly IdsArgument ids = new("Ids of tasks, as enqueue printed them", ArgumentArity.OneOrMore);
    private readonly QueueOption queue = new("Queue of the tasks: they are marked there although no queue of that name is known yet (default: all queues are searched)");
    private readonly ChoiceOption output = OutputFormat.Create();

    public RevokeVerb(VerbContext context)
        : base("revoke", "Cancel tasks, whether they wait or run. It holds across restarts, for seven days. Exit code 4 when one of them is not known.", context, Settings.Stores)
    {
        Arguments.Add(ids);
        Options.Add(queue);
        Options.Add(output);
    }

    protected override async Task<int> RunAsync(ParseResult parsed, SettingsReader reader, CancellationToken cancellationToken)
    {
        await using var stores = await StoreConnections.OpenAsync(reader, Context, needsBroker: true, needsDatabase: false, cancellationToken);
        var revoked = new List<RevokedView>();
        foreach (var id in ids.ValuesIn(parsed))
        {
            revoked.Add(await RevokeAsync(stores, id, queue.ValueIn(parsed), cancellationToken));
        }

        if (parsed.IsJson(output))
        {
            await Context.Output.WriteLineAsync(JsonSerializer.Serialize(new RevokedTasksView(revoked), CliJson.Default.RevokedTasksView));
        }
        else
        {
            var table = new Table("ID", "STATUS", "DETAIL");
            foreach (var task in revoked)
            {
                table.Add(task.Id.ToString(), task.Status, task.Detail);
            }

            await Context.Output.WriteAsync(table.ToString());
        }

        return revoked.Exists(r => r.Status == RevokedView.Unknown) ? ExitCode.NotFound : ExitCode.Ok;
    }

    private async Task<RevokedView> RevokeAsync(StoreConnections stores, Guid id, string? only, CancellationToken cancellationToken)
    {
        var (status, searchedAll) = await stores.Broker.RevokeKnownAsync(id, only, cancellationToken);
        return status switch
        {
            CancelStatus.Cancelled => new RevokedView(id, "cancelled", "it had not started"),
            CancelStatus.Running => new RevokedView(id, "running", "its worker hears of it within two seconds"),
            CancelStatus.Marked => new RevokedView(id, "waiting", "it ends when it is fetched, and does not start"),
            CancelStatus.Dead => new RevokedView(id, "finished", $"it is dead already; '{Context.Program} dead purge {id}' removes it"),
            _ => await MarkAsync(stores, id, only, searchedAll, cancellationToken),
        };
    }

    private async Task<RevokedView> MarkAsync(StoreConnections stores, Guid id, string? only, bool searchedAll, CancellationToken cancellationToken)
    {
        var result = await FindResultAsync(stores, id, cancellationToken);
        if (result is not null && searchedAll)
        {
            return new RevokedView(id, "finished", $"it has ended already: {TaskStateName.Of(result.State)}");
        }

        if (await stores.Broker.MarkAsync(id, only, cancellationToken))
        {
            return new RevokedView(id, "cancelled", "it had not started");
        }

        const string marked = "should it ever be fetched within seven days, it ends and does not start";
        return only is not null ? new RevokedView(id, "marked", $"it was not found; in queue {only}, {marked}")
            : !searchedAll ? new RevokedView(id, "marked", $"it was not found among the first 10,000 tasks of each priority; {marked}")
            : new RevokedView(id, RevokedView.Unknown, $"no queue holds it and no result is known; {marked}");
    }

    /// <summary>The final result, in the database or kept by the broker; null when there is none, or when the database does not answer, which is then said.</summary>
    private async Task<TaskResult?> FindResultAsync(StoreConnections stores, Guid id, CancellationToken cancellationToken)
    {
        try
        {
            var known = (await stores.ReadResultsAsync([id], cancellationToken)).Concat(await stores.Broker.KeptResultsAsync([id], cancellationToken));
            return known.FirstOrDefault(r => TaskStateName.IsFinal(r.State));
        }
        catch (DatabaseUnavailableException e)
        {
            await Context.Error.WriteLineAsync($"Whether task {id} has ended already is not known: {e.Message}");
            return null;
        }
    }
}
