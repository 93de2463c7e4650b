using System.CommandLine;
using TaskRunner.Configuration;

namespace TaskRunner.Cli.Queues;

/// <summary><c>queues resume QUEUE</c>: workers fetch from it again, at once.</summary>
internal sealed class ResumeVerb : Verb
{
    private readonly QueueArgument queue = new();

    public ResumeVerb(VerbContext context)
        : base("resume", "Let workers fetch from a paused queue again.", context, Settings.Stores) => Arguments.Add(queue);

    protected override async Task<int> RunAsync(ParseResult parsed, SettingsReader reader, CancellationToken cancellationToken)
    {
        await using var stores = await StoreConnections.OpenAsync(reader, Context, needsBroker: true, needsDatabase: false, cancellationToken);
        var name = queue.ValueIn(parsed);
        if (!await new KnownNames(stores, Context, reader).KnowQueueAsync(name, canForce: false, cancellationToken))
        {
            return ExitCode.NotFound;
        }

        var wasPaused = await stores.Broker.ResumeAsync(name, cancellationToken);
        await Context.Output.WriteLineAsync(wasPaused ? $"Queue {name} works again." : $"Queue {name} was not paused.");
        return ExitCode.Ok;
    }
}
