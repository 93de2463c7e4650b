using System.CommandLine;
using TaskRunner.Broker;
using TaskRunner.Configuration;

namespace TaskRunner.Cli;

/// <summary>
/// Whether names that people typed are ones that anybody knows. A task type is known when this program maps it or a live worker does; a queue is known when
/// it was ever used or is configured here. A name that is not would wait for ever, without a word.
/// </summary>
internal sealed class KnownNames(StoreConnections stores, VerbContext context, SettingsReader reader)
{
    public static Option<bool> Force() => new("--force") { Description = "Accept names of tasks and queues that nobody knows yet" };

    /// <summary>Says on standard error which task types nobody knows, with those that come close.</summary>
    /// <returns>False when there are live workers and none of them maps one of the types. Where no worker could be asked it is a warning only.</returns>
    public async Task<bool> KnowTasksAsync(IEnumerable<string> tasks, CancellationToken cancellationToken)
    {
        var unknown = tasks.Distinct(StringComparer.Ordinal).Where(t => context.Registry.Find(t) is null).ToList();
        if (unknown.Count == 0)
        {
            return true;
        }

        var workers = await WorkersAsync(cancellationToken);
        var known = context.Registry.Names.Concat(workers.SelectMany(w => w.Description?.Tasks ?? [])).ToHashSet(StringComparer.Ordinal);
        unknown.RemoveAll(known.Contains);
        foreach (var task in unknown.Take(20))
        {
            await context.Error.WriteLineAsync(workers.Count > 0
                ? $"Neither this program nor any live worker maps a task '{TerminalText.Quote(task)}'.{Near.Question(task, known)} Repeat with --force if it is meant."
                : $"Warning: this program does not map a task '{TerminalText.Quote(task)}', and no live worker could be asked.{Near.Question(task, known)}");
        }

        return unknown.Count == 0 || workers.Count == 0;
    }

    /// <summary>Warns on standard error of queues that were never used; the first use of a queue is no mistake.</summary>
    public async Task WarnAboutQueuesAsync(IEnumerable<string> queues, CancellationToken cancellationToken)
    {
        foreach (var queue in queues.Take(20))
        {
            if (await UnknownAsync(queue, cancellationToken) is { } near)
            {
                await context.Error.WriteLineAsync($"Warning: queue '{queue}' was never used before, and no worker serves it.{near}");
            }
        }
    }

    /// <summary>Says on standard error that nobody knows a queue, with those that come close.</summary>
    /// <returns>Whether it is known.</returns>
    public async Task<bool> KnowQueueAsync(string queue, bool canForce, CancellationToken cancellationToken)
    {
        if (await UnknownAsync(queue, cancellationToken) is not { } near)
        {
            return true;
        }

        await context.Error.WriteLineAsync($"There is no queue '{queue}': it was never used, and no worker serves it.{near}{(canForce ? " Repeat with --force if it is meant." : "")}");
        return false;
    }

    /// <summary>Null for a queue that is known; else a question with those that come close, or nothing.</summary>
    private async Task<string?> UnknownAsync(string queue, CancellationToken cancellationToken)
    {
        var configured = Configured();
        if (configured.Contains(queue) || await stores.TryBrokerAsync(cancellationToken) is not { } broker || await broker.KnowsQueueAsync(queue, cancellationToken))
        {
            return null;
        }

        return Near.Question(queue, configured.Concat(await broker.QueuesAsync(cancellationToken)));
    }

    // What is wrong with that setting is for the verbs that need it. Without it a worker serves the default queue.
    private HashSet<string> Configured() => [.. (reader.Text(Settings.Queues) ?? "default").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Select(q => q.Split(':')[0])];

    private async Task<IReadOnlyList<LiveWorker>> WorkersAsync(CancellationToken cancellationToken) =>
        await stores.TryBrokerAsync(cancellationToken) is { } broker ? await broker.DescribedWorkersAsync(stores.Settings.Lease, cancellationToken) : [];
}
