using System.CommandLine;
using System.Text.Json;
using TaskRunner.Configuration;

namespace TaskRunner.Cli.Queues;

/// <summary><c>queues purge QUEUE</c>: ends the tasks of a queue that nobody runs. Each ends as cancelled, with a result. Dead ones: <c>dead purge</c>.</summary>
internal sealed class PurgeVerb : Verb
{
    private static readonly string[] States = ["waiting", "delayed", "parked"];

    private readonly QueueArgument queue = new();
    private readonly ChoicesOption state = new("--state", "Which tasks: waiting, delayed or parked, may be repeated (default: waiting)", States, "-s");
    private readonly Option<bool> yes = new("--yes", "-y") { Description = "Really: without it the verb only says how many there are" };
    private readonly ChoiceOption output = OutputFormat.Create();

    public PurgeVerb(VerbContext context)
        : base("purge", "End the tasks of a queue that wait, as cancelled. What runs goes on.", context, Settings.Stores)
    {
        Arguments.Add(queue);
        Options.Add(state);
        Options.Add(yes);
        Options.Add(output);
    }

    protected override async Task<int> RunAsync(ParseResult parsed, SettingsReader reader, CancellationToken cancellationToken)
    {
        var name = queue.ValueIn(parsed);
        var states = state.ValuesIn(parsed) is { Length: > 0 } given ? given : ["waiting"];
        var really = parsed.GetValue(yes);
        await using var stores = await StoreConnections.OpenAsync(reader, Context, needsBroker: true, needsDatabase: false, cancellationToken);
        if (!await new KnownNames(stores, Context, reader).KnowQueueAsync(name, canForce: false, cancellationToken))
        {
            return ExitCode.NotFound;
        }

        var count = really ? await PurgeAsync(stores, name, states, cancellationToken) : await CountAsync(stores, name, states, cancellationToken);
        if (parsed.IsJson(output))
        {
            await Context.Output.WriteLineAsync(JsonSerializer.Serialize(new PurgeView(name, states, really, count), CliJson.Default.PurgeView));
        }
        else
        {
            await Context.Output.WriteLineAsync(really
                ? $"{Cell.Of(count)} tasks of queue {name} ({string.Join(", ", states)}) were ended."
                : $"{Cell.Of(count)} tasks of queue {name} ({string.Join(", ", states)}) would be ended: repeat with --yes.");
        }

        return ExitCode.Ok;
    }

    private static async Task<long> PurgeAsync(StoreConnections stores, string queue, string[] states, CancellationToken cancellationToken)
    {
        var total = 0L;

        // Parked before waiting: a parked task may become ready when one that is ended gives back its slot.
        foreach (var state in states.OrderByDescending(s => Array.IndexOf(States, s)))
        {
            total += await stores.Broker.PurgeAsync(queue, state, cancellationToken);
        }

        return total;
    }

    private static async Task<long> CountAsync(StoreConnections stores, string queue, string[] states, CancellationToken cancellationToken)
    {
        var status = await stores.Broker.StatusAsync(queue, cancellationToken);
        return states.Sum(s => s switch { "waiting" => status.Waiting, "delayed" => status.Delayed, _ => status.Parked });
    }
}
