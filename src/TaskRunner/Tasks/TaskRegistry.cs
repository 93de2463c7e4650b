using TaskRunner.Broker;

namespace TaskRunner;

/// <summary>The task types that this program can run, by name.</summary>
internal sealed class TaskRegistry
{
    private readonly Dictionary<string, TaskDefinition> definitions = new(StringComparer.Ordinal);

    private readonly List<string> mistakes = [];

    /// <summary>Names that cannot be mapped, a sentence each: told when a verb runs, all at once, and not as an exception on the way there.</summary>
    public IReadOnlyList<string> Mistakes => mistakes;

    public IReadOnlyCollection<string> Names => definitions.Keys;

    public IReadOnlyCollection<TaskDefinition> Definitions => definitions.Values;

    public void Add(TaskDefinition definition)
    {
        if (!TaskName.IsValid(definition.Name))
        {
            mistakes.Add($"'{TextRule.Shown(definition.Name)}' is not a valid task name: {TaskName.Rule}.");
        }
        else if (!definitions.TryAdd(definition.Name, definition))
        {
            mistakes.Add($"The task '{definition.Name}' is mapped twice; give each task a name of its own.");
        }
    }

    /// <summary>These types and, where they have none of a name, the others.</summary>
    public TaskRegistry Over(TaskRegistry? others)
    {
        var both = new TaskRegistry();
        foreach (var definition in Definitions.Concat(others?.Definitions ?? []))
        {
            both.definitions.TryAdd(definition.Name, definition);
        }

        return both;
    }

    public TaskDefinition? Find(string name) => definitions.GetValueOrDefault(name);

    /// <summary>The request with those rules of its task's type that it does not have itself; as it is when the type is not known. Runs the type's key functions.</summary>
    /// <exception cref="TaskRulesException">A key function failed.</exception>
    public EnqueueRequest Apply(EnqueueRequest request)
    {
        if (Find(request.Message.Task)?.Defaults is not { } defaults)
        {
            return request;
        }

        try
        {
            var applied = defaults.Apply(request);
            return !defaults.HasKeyFunctions || applied.Message.Rules?.Mistakes().Except(request.Message.Rules?.Mistakes() ?? []).ToList() is not { Count: > 0 } mistakes
                ? applied
                : throw new PermanentFailureException(string.Join(' ', mistakes));
        }
#pragma warning disable CA1031 // Key functions are the program's own code: whatever they throw, an outage of a store or a cancellation it is not.
        catch (Exception e)
#pragma warning restore CA1031
        {
            throw new TaskRulesException(request.Message.Task, e);
        }
    }
}
