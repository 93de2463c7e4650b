using System.CommandLine;
using TaskRunner.Configuration;

namespace TaskRunner.Cli.Queues;

/// <summary><c>queues pause QUEUE</c>: no worker fetches from it, from now until it is resumed. What runs goes on.</summary>
internal sealed class PauseVerb : Verb
{
    private readonly Argument<string> queue = QueueArgument.Create();
    private readonly Option<string?> reason = new("--reason") { Description = "Why, for those who will ask" };
    private readonly Option<string> by = new("--by") { Description = "Who (default: the user and host of this call)", DefaultValueFactory = _ => $"{Environment.UserName}@{Environment.MachineName}" };

    public PauseVerb(VerbContext context)
        : base("pause", "Keep all workers from fetching from a queue, until it is resumed. What runs goes on.", context, Settings.Stores)
    {
        Arguments.Add(queue);
        Options.Add(reason);
        Options.Add(by);
    }

    protected override async Task<int> RunAsync(ParseResult parsed, SettingsReader reader, CancellationToken cancellationToken)
    {
        await using var stores = await StoreConnections.OpenAsync(reader, Context, needsBroker: true, needsDatabase: false, cancellationToken);
        var name = parsed.GetValue(queue)!;
        await stores.Broker.PauseAsync(name, parsed.GetValue(reason), parsed.GetValue(by)!, cancellationToken);
        await Context.Output.WriteLineAsync($"Queue {name} is paused.");
        return ExitCode.Ok;
    }
}
