using System.Text.Json;

namespace TaskRunner;

/// <summary>
/// Settings of a <see cref="TaskClient"/>. What is not set here is read from the same variables that the program <c>taskrunner</c> reads
/// (docs/configuration.md), in the application's configuration where there is one, else in the environment.
/// </summary>
#pragma warning disable CA1056 // Addresses come as text, with schemes and parts that System.Uri does not know.
public sealed class TaskClientOptions
{
    /// <summary>Takes the place of <c>TASKRUNNER_BROKER_URL</c>.</summary>
    public string? BrokerUrl { get; set; }

    /// <summary>Takes the place of <c>TASKRUNNER_DATABASE_URL</c>. Without one, only results can be awaited that the broker keeps, see <see cref="EnqueueOptions.KeepResult"/>.</summary>
    public string? DatabaseUrl { get; set; }

    /// <summary>Takes the place of <c>TASKRUNNER_NAMESPACE</c>.</summary>
    public string? Namespace { get; set; }

    /// <summary>How the connection is called in CLIENT LIST and in the log.</summary>
    public string Name { get; set; } = "taskrunner-client";

    /// <summary>
    /// How arguments and outputs are written and read: camel case, as on the web. In a trimmed program insert your own
    /// <see cref="System.Text.Json.Serialization.JsonSerializerContext"/> at the start of its resolver chain.
    /// </summary>
    public JsonSerializerOptions Json { get; } = TaskJson.CreateOptions();

    internal TaskRegistry Described { get; } = new();

    /// <summary>
    /// Says how tasks of a type are enqueued that another program runs: queue, priority, expiry, unique key, limit by key. A call's own
    /// <see cref="EnqueueOptions"/> and routes win. What concerns running a task (retries, time limits, rate) has no effect here. In a program that maps tasks itself, its
    /// types are known already. Steps of a flow say for themselves what they need.
    /// </summary>
    /// <param name="name">Name of the type, 1 to 200 characters.</param>
    /// <exception cref="ArgumentException">The name is empty, too long or described twice.</exception>
    public TaskBuilder DescribeTask(string name)
    {
        var definition = new TaskDefinition(name, static (context, _) => throw new PermanentFailureException($"The task '{context.Task}' is only described here."));
        Described.Add(definition);
        if (Described.Mistakes is [.., var mistake])
        {
            throw new ArgumentException(mistake, nameof(name));
        }

        return new TaskBuilder(definition);
    }
}
#pragma warning restore CA1056
