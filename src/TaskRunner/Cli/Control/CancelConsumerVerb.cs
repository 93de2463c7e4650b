using System.CommandLine;
using TaskRunner.Broker;
using TaskRunner.Configuration;

namespace TaskRunner.Cli.Control;

/// <summary><c>control cancel-consumer QUEUE</c>: workers take from a queue no more, until they end. To rest a queue for all and for good: <c>queues pause</c>.</summary>
internal sealed class CancelConsumerVerb : WishVerb
{
    private readonly QueueArgument queue = new();

    public CancelConsumerVerb(VerbContext context)
        : base("cancel-consumer", "Let workers take from a queue no more, until they end. What runs goes on.", context) => Arguments.Add(queue);

    protected override WorkerControl ReadWish(ParseResult parsed, SettingsReader reader, bool named) =>
        new WorkerControl { Queues = new Dictionary<string, int> { [queue.ValueIn(parsed)] = 0 } };
}
