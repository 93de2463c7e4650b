using System.CommandLine;
using TaskRunner.Broker;

namespace TaskRunner.Cli;

/// <summary>The flags that say which dead tasks are meant; all of them must fit.</summary>
internal sealed class DeadFilterOptions
{
    private readonly QueueOption queue = new("Of this queue (default: all)");
    private readonly Option<string?> task = new("--task") { Description = "Of this type" };
    private readonly Option<string?> reason = new("--reason") { Description = "For this reason: failed, crash-loop, retry-budget, unreadable" };
    private readonly Option<string?> text = new("--error") { Description = "With this text in their error, in upper or lower case" };
    private readonly DurationOption older = new("--older-than", "Dead for at least this long, for example 1h");
    private readonly DurationOption newer = new("--newer-than", "Dead for at most this long, for example 1h");

    public void AddTo(Command command)
    {
        foreach (var option in new Option[] { queue, task, reason, text, older, newer })
        {
            command.Options.Add(option);
        }
    }

    public DeadFilter ValueIn(ParseResult parsed) => new()
    {
        Queue = queue.ValueIn(parsed),
        Task = parsed.GetValue(task),
        Reason = parsed.GetValue(reason),
        Text = parsed.GetValue(text),
        OlderThan = older.ValueIn(parsed),
        NewerThan = newer.ValueIn(parsed),
    };
}
