using System.CommandLine;
using TaskRunner.Broker;
using TaskRunner.Configuration;
using TaskRunner.Worker;

namespace TaskRunner.Cli.Control;

/// <summary><c>control queue-order ORDER</c>: from which queue workers take when several have something, until they end.</summary>
internal sealed class QueueOrderVerb : WishVerb
{
    private readonly ChoiceArgument order = new("ORDER", "fair, weighted or strict", [.. QueueOrderName.All.Select(o => o.Word)]);

    public QueueOrderVerb(VerbContext context)
        : base("queue-order", "Change from which queue workers take when several have something, until they end.", context) => Arguments.Add(order);

    protected override WorkerControl ReadWish(ParseResult parsed, SettingsReader reader, bool named) => new() { Order = order.ValueIn(parsed) };
}
