using System.CommandLine;
using TaskRunner.Configuration;

namespace TaskRunner.Cli.Queues;

/// <summary><c>queues pause QUEUE</c>: no worker fetches from it, from now until it is resumed. What runs goes on.</summary>
internal sealed class PauseVerb : Verb
{
    private readonly QueueArgument queue = new();
    private readonly Option<bool> force = KnownNames.Force();
    private readonly TextOption reason = new("--reason", "Why, for those who will ask, up to 1000 characters", 1000);
    private readonly TextOption by = new("--by", "Who, up to 200 characters (default: the user and host of this call)", 200);

    public PauseVerb(VerbContext context)
        : base("pause", "Keep all workers from fetching from a queue, until it is resumed. What runs goes on.", context, Settings.Stores)
    {
        Arguments.Add(queue);
        Options.Add(reason);
        Options.Add(by);
        Options.Add(force);
    }

    protected override async Task<int> RunAsync(ParseResult parsed, SettingsReader reader, CancellationToken cancellationToken)
    {
        await using var stores = await StoreConnections.OpenAsync(reader, Context, needsBroker: true, needsDatabase: false, cancellationToken);
        var name = queue.ValueIn(parsed);
        if (!parsed.GetValue(force) && !await new KnownNames(stores, Context, reader).KnowQueueAsync(name, canForce: true, cancellationToken))
        {
            return ExitCode.Usage;
        }

        await stores.Broker.PauseAsync(name, reason.ValueIn(parsed), by.ValueIn(parsed) ?? $"{Environment.UserName}@{Environment.MachineName}", cancellationToken);
        await Context.Output.WriteLineAsync($"Queue {name} is paused.");
        return ExitCode.Ok;
    }
}
