using System.Text.Json;
using TaskRunner.Broker;

namespace TaskRunner.Flows;

/// <summary>Something that a chain goes through: a task, or a group of tasks.</summary>
public abstract class FlowPart
{
    private protected FlowPart()
    {
    }

    internal abstract FlowStep ToWire();
}

/// <summary>
/// One task of a flow. Without arguments of its own it takes what came before as its arguments: the output of the step before it, an array of the outputs
/// of a group in the order of its members, or, as an error step, an object with <c>id</c>, <c>task</c>, <c>queue</c>, <c>state</c> and <c>error</c>. With
/// arguments it keeps them, and finds the same in <see cref="TaskContext.Input"/>.
/// </summary>
public sealed class Step : FlowPart
{
    /// <summary>Describes a task.</summary>
    /// <param name="task">Its type: 1 to 200 characters.</param>
    /// <param name="arguments">Its arguments, at most 64 levels deep; null for what came before.</param>
    /// <exception cref="ArgumentException">The name is empty, too long or holds control characters, or the arguments are not allowed.</exception>
    public Step(string task, JsonElement? arguments = null)
    {
        if (task is null || !TaskName.IsValid(task))
        {
            throw new ArgumentException($"'{TextRule.Shown(task ?? "")}' is not a valid task name: {TaskName.Rule}.", nameof(task));
        }

        if (arguments is { } given && JsonInput.Mistake(given) is { } mistake)
        {
            throw new ArgumentException($"The arguments of step '{task}' are not allowed: {mistake}.", nameof(arguments));
        }

        Task = task;
        Arguments = arguments;
    }

    /// <summary>Name of the task type.</summary>
    public string Task { get; }

    /// <summary>Its arguments; null for what came before.</summary>
    public JsonElement? Arguments { get; }

    /// <summary>The queue that carries it: 1 to 100 letters, digits, dots, dashes or underscores.</summary>
    /// <exception cref="ArgumentException">The name is not allowed.</exception>
    public string Queue
    {
        get;
        init
        {
            QueueName.ThrowIfInvalid(value);
            field = value;
        }
    } = "default";

    /// <summary>0 (lowest) to 9 (highest).</summary>
    /// <exception cref="ArgumentOutOfRangeException">Out of range.</exception>
    public int Priority
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 0);
            ArgumentOutOfRangeException.ThrowIfGreaterThan(value, QueueKeys.HighestPriority);
            field = value;
        }
    } = 5;

    /// <summary>How long the broker keeps its result for those who await it; zero for not at all, 7 days at most.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Out of range.</exception>
    public TimeSpan KeepResult
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, TimeSpan.Zero);
            ArgumentOutOfRangeException.ThrowIfGreaterThan(value, TaskMessage.LongestKeep);
            field = value;
        }
    }

    internal override FlowStep ToWire() => new()
    {
        Task = Task,
        Args = Arguments,
        Queue = Queue == "default" ? null : Queue,
        Priority = Priority == 5 ? null : Priority,
        Keep = KeepResult > TimeSpan.Zero ? (long)KeepResult.TotalMilliseconds : null,
    };
}

/// <summary>Tasks that run side by side. Made by <see cref="Flow.Group(Step[])"/> and <see cref="Flow.GroupOfChains"/>.</summary>
public sealed class Group : FlowPart
{
    /// <summary>Most members of a group.</summary>
    public const int MostMembers = 10_000;

    internal Group(IReadOnlyList<IReadOnlyList<Step>> members)
    {
        if (members.Count > MostMembers || members.Any(member => member.Count == 0))
        {
            throw new ArgumentException($"A group has at most {MostMembers:N0} members, each of one step or more.", nameof(members));
        }

        Members = members;
    }

    /// <summary>The members: each a chain of one step or more.</summary>
    public IReadOnlyList<IReadOnlyList<Step>> Members { get; }

    internal override FlowStep ToWire() => new() { Members = [.. Members.Select(chain => chain.Select(step => step.ToWire()).ToList())] };
}
