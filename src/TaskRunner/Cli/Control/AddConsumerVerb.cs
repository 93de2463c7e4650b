using System.CommandLine;
using TaskRunner.Broker;
using TaskRunner.Configuration;

namespace TaskRunner.Cli.Control;

/// <summary><c>control add-consumer QUEUE</c>: workers take from one more queue, until they end; of a queue that they take from already it changes the weight.</summary>
internal sealed class AddConsumerVerb : WishVerb
{
    private readonly Argument<string> queue = new("QUEUE") { Description = "Queue, with its weight after a colon where it is not 1" };

    public AddConsumerVerb(VerbContext context)
        : base("add-consumer", "Let workers take from one more queue, until they end; or change its weight.", context) => Arguments.Add(queue);

    protected override WorkerControl ReadWish(ParseResult parsed, SettingsReader reader, bool named)
    {
        var text = parsed.GetValue(queue)!;
        if (QueueShares.Parse(text, out var mistake) is { } share)
        {
            return new WorkerControl { Queues = new Dictionary<string, int> { [share.Name] = share.Weight } };
        }

        reader.Mistake($"QUEUE is '{TerminalText.Quote(text)}': {mistake}.");
        return new WorkerControl();
    }
}
