using System.CommandLine;
using TaskRunner.Broker;
using TaskRunner.Configuration;

namespace TaskRunner.Cli;

/// <summary>The flags that say which dead tasks are meant; all of them must fit.</summary>
internal sealed class DeadFilterOptions
{
    private readonly Option<string?> queue = new("--queue", "-q") { Description = "Of this queue (default: all)" };
    private readonly Option<string?> task = new("--task") { Description = "Of this type" };
    private readonly Option<string?> reason = new("--reason") { Description = "For this reason: failed, crash-loop, retry-budget, unreadable" };
    private readonly Option<string?> text = new("--error") { Description = "With this text in their error, in upper or lower case" };
    private readonly Option<string?> older = new("--older-than") { Description = "Dead for at least this long, for example 1h" };
    private readonly Option<string?> newer = new("--newer-than") { Description = "Dead for at most this long, for example 1h" };

    public void AddTo(Command command)
    {
        foreach (var option in new Option[] { queue, task, reason, text, older, newer })
        {
            command.Options.Add(option);
        }
    }

    /// <summary>The filter; mistakes are noted in the reader.</summary>
    public DeadFilter Read(ParseResult parsed, SettingsReader reader)
    {
        var name = parsed.GetValue(queue);
        if (name is not null && !QueueName.IsValid(name))
        {
            reader.Mistake($"--queue is '{name}': {QueueName.Rule}.");
        }

        return new DeadFilter
        {
            Queue = name,
            Task = parsed.GetValue(task),
            Reason = parsed.GetValue(reason),
            Text = parsed.GetValue(text),
            OlderThan = ReadTime(parsed, reader, older),
            NewerThan = ReadTime(parsed, reader, newer),
        };
    }

    private static TimeSpan? ReadTime(ParseResult parsed, SettingsReader reader, Option<string?> option)
    {
        if (parsed.GetValue(option) is not { } given)
        {
            return null;
        }

        if (DurationText.Parse(given) is { } time)
        {
            return time;
        }

        reader.Mistake($"{option.Name} is '{given}': {DurationText.Rule}.");
        return null;
    }
}
