using System.Globalization;

namespace TaskRunner.Broker;

/// <summary>One unit of work as it travels from the producer through the broker to a worker.</summary>
public sealed record TaskMessage
{
    /// <summary>Identity of the task, unique for ever; a second enqueue with the same id is refused while the broker remembers it.</summary>
    public required Guid Id { get; init; }

    /// <summary>Name of the task type, for example <c>pricing.fetch_gold_rates</c>: 1 to 200 characters, none of them a control character.</summary>
    public required string Task { get; init; }

    /// <summary>Queue that carries the task.</summary>
    public string Queue { get; init; } = "default";

    /// <summary>0 (lowest) to 9 (highest); within a queue a higher priority always runs first.</summary>
    public int Priority { get; init; } = 5;

    /// <summary>Arguments as UTF-8 JSON: one value of at most 64 levels, without half surrogate pairs.</summary>
    public ReadOnlyMemory<byte> Arguments { get; init; } = "{}"u8.ToArray();

    /// <summary>When the producer enqueued it, UTC.</summary>
    public DateTimeOffset EnqueuedAt { get; init; }

    /// <summary>Attempts already used up by failures; a task interrupted by a deploy or a crash uses none.</summary>
    public int Attempt { get; init; }

    /// <summary>How often the task was taken back from a worker that died, 0 to 99; counted by the broker.</summary>
    public int Redeliveries { get; init; }

    /// <summary>Name of the schedule whose tick this task is, if any.</summary>
    public string? Schedule { get; init; }

    /// <summary>Rules that the broker keeps for the task, if any.</summary>
    public TaskRules? Rules { get; init; }

    /// <summary>Longest time that a result can be kept in the broker.</summary>
    public static readonly TimeSpan LongestKeep = TimeSpan.FromDays(7);

    /// <summary>How long the final result is also kept in the broker, for producers that await it without a database; zero for not at all, 7 days at most.</summary>
    public TimeSpan KeepResult { get; init; }

    /// <summary>The trace that the task belongs to; taken from <see cref="System.Diagnostics.Activity.Current"/> at enqueue when it is not set.</summary>
    public TraceContext? Trace { get; init; }

    /// <summary>What this task is a part of, and what follows it, as the flow's own JSON.</summary>
    internal string? Flow { get; init; }

    /// <summary>What the step before it in a flow returned, as JSON; empty for none.</summary>
    internal ReadOnlyMemory<byte> Input { get; init; }

    /// <summary>Whether <see cref="Arguments"/> are what the step before it in a flow returned: nobody wrote them for this task.</summary>
    internal bool IsHandedOn { get; init; }

    /// <summary>Whether <see cref="Arguments"/> were checked by whoever made the message.</summary>
    internal bool IsChecked { get; init; }

    /// <summary>What keeps the message from being written, each a sentence. What passes can be read again.</summary>
    internal IEnumerable<string> Mistakes()
    {
        if (!TaskName.IsValid(Task))
        {
            yield return $"The task name '{TextRule.Shown(Task)}' is not allowed: {TaskName.Rule}.";
        }

        if (Priority is < 0 or > QueueKeys.HighestPriority)
        {
            yield return $"The priority is {Priority}: it goes from 0 (lowest) to {QueueKeys.HighestPriority} (highest).";
        }

        if (Attempt < 0 || Redeliveries is < 0 or > 99)
        {
            yield return string.Create(CultureInfo.InvariantCulture, $"The task has {Attempt} attempts and {Redeliveries} redeliveries: these are counts, the second one up to 99.");
        }

        if (KeepResult < TimeSpan.Zero || KeepResult > LongestKeep)
        {
            yield return $"The time to keep the result is {KeepResult}: it goes from zero to {LongestKeep.TotalDays:0} days.";
        }

        if (!IsChecked && JsonInput.Mistake(Arguments.Span) is { } arguments)
        {
            yield return $"The arguments of '{TextRule.Shown(Task)}' are not allowed: {arguments}.";
        }

        if (!Input.IsEmpty && JsonInput.Mistake(Input.Span) is { } input)
        {
            yield return $"The input of '{TextRule.Shown(Task)}' is not allowed: {input}.";
        }
    }
}
