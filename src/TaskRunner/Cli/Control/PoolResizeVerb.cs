using System.CommandLine;
using TaskRunner.Broker;
using TaskRunner.Configuration;
using TaskRunner.Worker;

namespace TaskRunner.Cli.Control;

/// <summary><c>control pool-resize N</c>: how many tasks workers run at a time, until they end. A smaller number interrupts nothing.</summary>
internal sealed class PoolResizeVerb : WishVerb
{
    private readonly NumberArgument concurrency = new("N", $"Tasks that run at a time, 1 to {WorkerPlan.HighestConcurrency}", 1, WorkerPlan.HighestConcurrency);

    public PoolResizeVerb(VerbContext context)
        : base("pool-resize", "Change how many tasks workers run at a time, until they end.", context) => Arguments.Add(concurrency);

    protected override WorkerControl ReadWish(ParseResult parsed, SettingsReader reader, bool named) => new() { Concurrency = concurrency.ValueIn(parsed) };
}
