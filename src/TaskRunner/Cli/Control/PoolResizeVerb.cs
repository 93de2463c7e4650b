using System.CommandLine;
using TaskRunner.Broker;
using TaskRunner.Configuration;
using TaskRunner.Worker;

namespace TaskRunner.Cli.Control;

/// <summary><c>control pool-resize N</c>: how many tasks workers run at a time, until they end. A smaller number interrupts nothing.</summary>
internal sealed class PoolResizeVerb : WishVerb
{
    private readonly Argument<int> concurrency = new("N") { Description = $"Tasks that run at a time, 1 to {WorkerPlan.HighestConcurrency}" };

    public PoolResizeVerb(VerbContext context)
        : base("pool-resize", "Change how many tasks workers run at a time, until they end.", context) => Arguments.Add(concurrency);

    protected override WorkerControl ReadWish(ParseResult parsed, SettingsReader reader, bool named)
    {
        var wanted = parsed.GetValue(concurrency);
        if (wanted is < 1 or > WorkerPlan.HighestConcurrency)
        {
            reader.Mistake($"N is {wanted}: a worker runs 1 to {WorkerPlan.HighestConcurrency} tasks at a time.");
        }

        return new WorkerControl { Concurrency = wanted };
    }
}
