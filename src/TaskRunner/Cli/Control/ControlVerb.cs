using System.CommandLine;

namespace TaskRunner.Cli.Control;

/// <summary><c>control …</c>: changes what running workers do. A wish is left in the broker and carried out with the next heartbeat, within two seconds.</summary>
internal sealed class ControlVerb : Command
{
    public ControlVerb(VerbContext context)
        : base("control", "Change what running workers do.")
    {
        Subcommands.Add(new ShutdownVerb(context));
        Subcommands.Add(new PoolResizeVerb(context));
        Subcommands.Add(new AddConsumerVerb(context));
        Subcommands.Add(new CancelConsumerVerb(context));
        Subcommands.Add(new QueueOrderVerb(context));
    }
}
