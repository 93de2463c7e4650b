using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using TaskRunner.Broker;
using TaskRunner.Client;
using TaskRunner.Flows;
using TaskRunner.Loops;
using TaskRunner.Observability;
using TaskRunner.Results;

namespace TaskRunner;

/// <summary>
/// Enqueues tasks from any program and awaits their results. One for the whole process; any number of threads may use it, and what they
/// enqueue at the same time travels together. It connects with the first call and comes back by itself after an outage.
/// </summary>
/// <remarks>
/// An enqueue ends in one of three ways. <b>Done</b>: it returns, and <see cref="EnqueuedTask.Status"/> says whether the task was accepted or
/// refused by a rule. <b>Refused</b>: <see cref="PayloadTooLargeException"/>, <see cref="ArgumentException"/>, or <see cref="BrokerUnavailableException"/> whose
/// <see cref="BrokerUnavailableException.OutcomeUnknown"/> is false; nothing was added. <b>Unknown</b>: that exception with
/// <see cref="BrokerUnavailableException.OutcomeUnknown"/> true; the task may be in its queue. Repeat the call with the same <see cref="EnqueueOptions.Id"/>.
/// </remarks>
public sealed class TaskClient : IAsyncDisposable
{
    private readonly TaskClientConnections connections;
    private readonly EnqueueCoalescer coalescer;
    private readonly JsonSerializerOptions json;
    private readonly EnqueueRequestFactory requests;
    private readonly FlowEnqueuer flows;
    private readonly TimeProvider time;
    private readonly UnknownTasks unknown;

    internal TaskClient(TaskClientConnections connections, JsonSerializerOptions json, TaskRoutes routes, TaskRegistry described, UnknownTasks unknown, TimeProvider time)
    {
        this.connections = connections;
        this.json = json;
        this.time = time;
        flows = new FlowEnqueuer(connections.Broker, time);
        coalescer = new EnqueueCoalescer(connections.Broker, connections.Loops.Loop("enqueue"));
        this.unknown = unknown;
        requests = new EnqueueRequestFactory(routes, described, unknown, time);
    }

    /// <summary>Its background loops.</summary>
    internal LoopSupervisor Loops => connections.Loops;

    /// <summary>Makes a client from settings, for a program without dependency injection.</summary>
    /// <exception cref="Configuration.ConfigurationException">The settings have mistakes; all are listed.</exception>
    public static TaskClient Create(TaskClientOptions options) => TaskClientFactory.Create(options, null, Environment.GetEnvironmentVariable, null, TimeProvider.System);

    /// <summary>Enqueues one task.</summary>
    /// <typeparam name="TArguments">Type of the arguments.</typeparam>
    /// <param name="task">Name of the task type, 1 to 200 characters.</param>
    /// <param name="arguments">What the task gets, written as JSON by <see cref="TaskClientOptions.Json"/>.</param>
    /// <param name="options">Queue, priority, delay and rules.</param>
    /// <param name="cancellationToken">Ends the waiting; the task may be enqueued all the same.</param>
    /// <exception cref="ArgumentException">A name, number or rule is not allowed, or the arguments are not; nothing was added.</exception>
    /// <exception cref="TaskRulesException">A key function of the task type failed; nothing was added.</exception>
    /// <exception cref="PayloadTooLargeException">The message is over the limit; nothing was added.</exception>
    /// <exception cref="BrokerUnavailableException">The broker did not take it, or did not say so: see the remarks of this class.</exception>
    public Task<EnqueuedTask> EnqueueAsync<TArguments>(string task, TArguments arguments, EnqueueOptions? options = null, CancellationToken cancellationToken = default) =>
        EnqueueJsonAsync(task, Write(task, arguments), options, cancellationToken);

    /// <summary>
    /// Enqueues one task whose arguments are UTF-8 JSON already: exactly one value, at most 64 levels deep. The bytes must not change until the call has returned. They
    /// are checked before anything is sent, so they may come from anybody; they never choose anything but the arguments.
    /// </summary>
    /// <inheritdoc cref="EnqueueAsync{TArguments}"/>
    public async Task<EnqueuedTask> EnqueueJsonAsync(string task, ReadOnlyMemory<byte> arguments, EnqueueOptions? options = null, CancellationToken cancellationToken = default)
    {
        var request = requests.Create(task, arguments, options ?? EnqueueRequestFactory.Defaults);
        using var span = Tracing.StartEnqueue(task, request.Message.Queue, 1);
        request = request.WithTrace(Tracing.Capture());
        return new EnqueuedTask(request.Message.Id, await coalescer.EnqueueAsync(request, cancellationToken));
    }

    /// <summary>Enqueues many tasks of one type in one call, in their order.</summary>
    /// <returns>One answer for each, in order.</returns>
    /// <inheritdoc cref="EnqueueAsync{TArguments}"/>
    public async Task<IReadOnlyList<EnqueuedTask>> EnqueueManyAsync<TArguments>(
        string task, IEnumerable<TArguments> arguments, EnqueueOptions? options = null, CancellationToken cancellationToken = default)
    {
        var each = options ?? EnqueueRequestFactory.Defaults;
        if (each.Id is not null)
        {
            throw new ArgumentException("An id names one task: it does not go with many.", nameof(options));
        }

        return await EnqueueAsync([.. arguments.Select(a => requests.Create(task, Write(task, a), each))], cancellationToken);
    }

    /// <summary>Enqueues tasks of any types in one call, in their order within each queue.</summary>
    /// <param name="tasks">What to enqueue; routes and what is known of types do not apply.</param>
    /// <param name="cancellationToken">Ends the waiting; the tasks may be enqueued all the same.</param>
    /// <returns>One answer for each, in order.</returns>
    /// <exception cref="PayloadTooLargeException">A message is over the limit; nothing was added.</exception>
    /// <exception cref="BrokerUnavailableException">The broker did not take all of them, or did not say so.</exception>
    public async Task<IReadOnlyList<EnqueuedTask>> EnqueueAsync(IReadOnlyList<EnqueueRequest> tasks, CancellationToken cancellationToken = default)
    {
        var statuses = await connections.Broker.EnqueueAsync(tasks, cancellationToken);
        return [.. tasks.Zip(statuses, (t, s) => new EnqueuedTask(t.Message.Id, s))];
    }

    /// <summary>Starts a chain, group or chord; see docs/flows.md.</summary>
    /// <param name="flow">What to run.</param>
    /// <param name="id">Its id; null for a new one. The same one again starts nothing that was started before, so a call whose outcome is unknown may be repeated.</param>
    /// <param name="cancellationToken">Ends the waiting; the flow may have been started all the same.</param>
    /// <returns>Its id, that of its last task, which can be awaited, and those of the tasks that were enqueued at once.</returns>
    /// <exception cref="PayloadTooLargeException">A message is over the limit: the first one carries the whole rest of the flow.</exception>
    /// <exception cref="BrokerUnavailableException">The broker did not take it, or did not say so.</exception>
    public Task<StartedFlow> StartAsync(Flow flow, Guid? id = null, CancellationToken cancellationToken = default)
    {
        foreach (var step in flow.Steps)
        {
            unknown.Look(step.Task);
        }

        return flows.StartAsync(flow, id ?? TaskId.Next(time), cancellationToken);
    }

    /// <summary>Waits until a task is over and returns its result; null when it is not over in time.</summary>
    /// <param name="id">The task. Its result is read from the database; without one, from the broker, which keeps it when <see cref="EnqueueOptions.KeepResult"/> says so.</param>
    /// <param name="timeout">Longest wait; zero looks once.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <exception cref="BrokerUnavailableException">The broker did not answer.</exception>
    /// <exception cref="DatabaseUnavailableException">The database did not answer.</exception>
    public Task<TaskResult?> WaitForResultAsync(Guid id, TimeSpan timeout, CancellationToken cancellationToken = default) =>
        connections.WaitForResultAsync(id, timeout, cancellationToken);

    /// <summary>Waits until a task is over and returns what it returned.</summary>
    /// <typeparam name="TOutput">Type of the output, read by <see cref="TaskClientOptions.Json"/>.</typeparam>
    /// <exception cref="TimeoutException">The task is not over in time; it goes on.</exception>
    /// <exception cref="TaskFailedException">The task is over without success.</exception>
    /// <inheritdoc cref="WaitForResultAsync"/>
    public async Task<TOutput?> WaitForOutputAsync<TOutput>(Guid id, TimeSpan timeout, CancellationToken cancellationToken = default)
    {
        var result = await WaitForResultAsync(id, timeout, cancellationToken)
            ?? throw new TimeoutException($"The task {id} was not over within {timeout.TotalSeconds:0.###} s; it goes on.");
        if (result.State != TaskState.Succeeded)
        {
            throw new TaskFailedException(result);
        }

        return result.Output is null ? default : JsonSerializer.Deserialize(result.Output, TypeInfo<TOutput>());
    }

    /// <summary>Closes the connections. What is under way is not waited for.</summary>
    public ValueTask DisposeAsync() => connections.DisposeAsync();

    private byte[] Write<T>(string task, T arguments)
    {
        var type = TypeInfo<T>();
        try
        {
            return JsonSerializer.SerializeToUtf8Bytes(arguments, type);
        }
        catch (Exception e) when (e is JsonException or NotSupportedException or InvalidOperationException or ArgumentException)
        {
            throw new ArgumentException($"The arguments of '{TextRule.Shown(task)}' cannot be written as JSON: {e.Message}", nameof(arguments), e);
        }
    }

    private JsonTypeInfo<T> TypeInfo<T>() => (JsonTypeInfo<T>)json.GetTypeInfo(typeof(T));
}
