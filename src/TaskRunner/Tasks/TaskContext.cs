using System.Text.Json;
using Microsoft.Extensions.Logging;
using TaskRunner.Broker;
using TaskRunner.Flows;

namespace TaskRunner;

/// <summary>What a running task can know of itself.</summary>
public sealed class TaskContext
{
    private readonly FlowEnqueuer flows;

    internal TaskContext(TaskMessage message, IServiceProvider services, ILogger logger, FlowEnqueuer flows)
    {
        this.flows = flows;
        Message = message;
        Services = services;
        Logger = logger;
    }

    /// <summary>Identity of the task; the same for every attempt.</summary>
    public Guid Id => Message.Id;

    /// <summary>Name of the task type.</summary>
    public string Task => Message.Task;

    /// <summary>Queue that it came from.</summary>
    public string Queue => Message.Queue;

    /// <summary>0 (lowest) to 9 (highest).</summary>
    public int Priority => Message.Priority;

    /// <summary>1 for the first attempt.</summary>
    public int Attempt => Message.Attempt + 1;

    /// <summary>How often the task was taken back from a worker that died.</summary>
    public int Redeliveries => Message.Redeliveries;

    /// <summary>When the producer enqueued it.</summary>
    public DateTimeOffset EnqueuedAt => Message.EnqueuedAt;

    /// <summary>The schedule whose tick this task is, if any.</summary>
    public string? Schedule => Message.Schedule;

    /// <summary>Services of this task; scoped ones live as long as this attempt.</summary>
    public IServiceProvider Services { get; }

    /// <summary>Writes log lines that carry the task's id, name, queue and attempt.</summary>
    public ILogger Logger { get; }

    /// <summary>What the part of the flow before this task returned, when the task has arguments of its own; else null.</summary>
    public JsonElement? Input => Message.Input.IsEmpty ? null : JsonElement.Parse(Message.Input.Span, JsonDepth.Document);

    /// <summary>Enqueues a task. An attempt that runs again does so again.</summary>
    /// <returns>Its id.</returns>
    /// <exception cref="BrokerUnavailableException">The broker did not answer.</exception>
    /// <exception cref="PayloadTooLargeException">The message is over the limit.</exception>
    public async Task<Guid> EnqueueAsync(Step step, CancellationToken cancellationToken = default) => (await StartAsync(Flow.Chain(step), cancellationToken)).Id;

    /// <summary>Starts a flow. An attempt that runs again does so again.</summary>
    /// <inheritdoc cref="EnqueueAsync" path="/exception"/>
    public Task<StartedFlow> StartAsync(Flow flow, CancellationToken cancellationToken = default) => flows.StartAsync(flow, TaskId.Next(TimeProvider.System), cancellationToken);

    internal TaskMessage Message { get; }

    /// <summary>Is told when arguments are read and the output is written; null when nobody cares.</summary>
    internal IConversionWatch? Conversions { get; init; }

    /// <summary>Largest output in bytes of UTF-8.</summary>
    internal long MaxOutputBytes { get; init; } = long.MaxValue;
}
