using System.CommandLine;

namespace TaskRunner.Cli.Control;

/// <summary><c>control …</c>: changes what runs. A wish for workers is left in the broker and carried out with their next heartbeat, within two seconds; limits and cancellations hold in the broker itself.</summary>
internal sealed class ControlVerb : Command
{
    public ControlVerb(VerbContext context)
        : base("control", "Change what running workers do, limit rates, cancel tasks.")
    {
        Subcommands.Add(new ShutdownVerb(context));
        Subcommands.Add(new PoolResizeVerb(context));
        Subcommands.Add(new AddConsumerVerb(context));
        Subcommands.Add(new CancelConsumerVerb(context));
        Subcommands.Add(new QueueOrderVerb(context));
        Subcommands.Add(new RateLimitVerb(context));
        Subcommands.Add(new RevokeVerb(context));
    }
}
