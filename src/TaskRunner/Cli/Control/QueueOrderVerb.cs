using System.CommandLine;
using TaskRunner.Broker;
using TaskRunner.Configuration;
using TaskRunner.Worker;

namespace TaskRunner.Cli.Control;

/// <summary><c>control queue-order ORDER</c>: from which queue workers take when several have something, until they end.</summary>
internal sealed class QueueOrderVerb : WishVerb
{
    private readonly Argument<string> order = new("ORDER") { Description = "fair, weighted or strict" };

    public QueueOrderVerb(VerbContext context)
        : base("queue-order", "Change from which queue workers take when several have something, until they end.", context)
    {
        order.AcceptOnlyFromAmong([.. QueueOrderName.All.Select(o => o.Word)]);
        Arguments.Add(order);
    }

    protected override WorkerControl ReadWish(ParseResult parsed, SettingsReader reader, bool named) => new() { Order = parsed.GetValue(order) };
}
