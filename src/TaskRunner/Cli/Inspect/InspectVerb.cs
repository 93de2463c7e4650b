using System.CommandLine;

namespace TaskRunner.Cli.Inspect;

/// <summary><c>inspect …</c>: what the broker and the database know, so that a hung worker is seen too. Nothing is asked of workers, and no reply is left behind.</summary>
internal sealed class InspectVerb : Command
{
    public InspectVerb(VerbContext context)
        : base("inspect", "Look at workers, tasks and queues.")
    {
        Subcommands.Add(new PingVerb(context));
        Subcommands.Add(new ActiveVerb(context));
        Subcommands.Add(new ReservedVerb(context));
        Subcommands.Add(QueuedTasksVerb.Waiting(context));
        Subcommands.Add(new ScheduledVerb(context));
        Subcommands.Add(QueuedTasksVerb.Parked(context));
        Subcommands.Add(new RegisteredVerb(context));
        Subcommands.Add(new StatsVerb(context));
        Subcommands.Add(new QueueListVerb(context));
        Subcommands.Add(new ReportVerb(context));
    }
}
