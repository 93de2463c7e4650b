using System.CommandLine;

namespace TaskRunner.Cli.Schedules;

/// <summary><c>schedule …</c>: looks at schedules and edits them while beat runs.</summary>
internal sealed class ScheduleVerb : Command
{
    public ScheduleVerb(VerbContext context)
        : base("schedule", "Look at schedules and edit them; beat follows within a second.")
    {
        Subcommands.Add(new ListVerb(context));
        Subcommands.Add(new ShowVerb(context));
        Subcommands.Add(new AddVerb(context));
        Subcommands.Add(new EditVerb(context));
        Subcommands.Add(new RemoveVerb(context));
        Subcommands.Add(new PauseVerb(context));
        Subcommands.Add(new ResumeVerb(context));
        Subcommands.Add(new RunVerb(context));
        Subcommands.Add(new PreviewVerb(context));
        Subcommands.Add(new ExplainVerb(context));
        Subcommands.Add(new ImportVerb(context));
    }
}
