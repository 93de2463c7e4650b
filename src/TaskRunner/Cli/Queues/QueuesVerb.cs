using System.CommandLine;
using TaskRunner.Cli.Inspect;

namespace TaskRunner.Cli.Queues;

/// <summary><c>queues …</c>: looks at queues, rests them, empties them. What is changed holds for all workers, at once and until it is changed again.</summary>
internal sealed class QueuesVerb : Command
{
    public QueuesVerb(VerbContext context)
        : base("queues", "List, pause, resume, purge and forget queues.")
    {
        Subcommands.Add(new QueueListVerb(context, "list"));
        Subcommands.Add(new PauseVerb(context));
        Subcommands.Add(new ResumeVerb(context));
        Subcommands.Add(new PurgeVerb(context));
        Subcommands.Add(new ForgetVerb(context));
    }
}
