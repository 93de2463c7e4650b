using TaskRunner.Broker;

namespace TaskRunner.Client;

/// <summary>Makes requests of names, arguments, options and what is known of the task type, and refuses what is not allowed before anything is sent.</summary>
internal sealed class EnqueueRequestFactory(TaskRoutes routes, TaskRegistry described, UnknownTasks unknown, TimeProvider time)
{
    private static readonly TimeSpan LongestDelay = TimeSpan.FromDays(366);

    public static EnqueueOptions Defaults { get; } = new();

    /// <exception cref="ArgumentException">A name, number or rule is not allowed.</exception>
    public EnqueueRequest Create(string task, ReadOnlyMemory<byte> arguments, EnqueueOptions options)
    {
        if (!TaskName.IsValid(task))
        {
            throw new ArgumentException($"'{TextRule.Shown(task)}' is not a valid task name: {TaskName.Rule}.", nameof(task));
        }

        if (JsonInput.Mistake(arguments.Span) is { } mistake)
        {
            throw new ArgumentException($"The arguments of '{task}' are not allowed: {mistake}.", nameof(arguments));
        }

        var now = time.GetUtcNow();
        var definition = described.Find(task);
        if (definition is null)
        {
            unknown.Look(task);
        }

        var (queue, priority) = routes.Resolve(task, options.Queue, options.Priority, definition?.Queue, definition?.Priority);
        QueueName.ThrowIfInvalid(queue);
        if (priority is < 0 or > QueueKeys.HighestPriority)
        {
            throw new ArgumentException($"The priority is {priority}: it goes from 0 (lowest) to {QueueKeys.HighestPriority} (highest).", nameof(options));
        }

        var delay = options.At is { } at ? at - now : options.Delay;
        if (options.Delay < TimeSpan.Zero || delay > LongestDelay)
        {
            throw new ArgumentException($"The delay is {delay}: it goes from zero to {LongestDelay.TotalDays:0} days.", nameof(options));
        }

        if (options.Expires <= TimeSpan.Zero)
        {
            throw new ArgumentException($"The time to live is {options.Expires}: it goes from 1 ms to ten years.", nameof(options));
        }

        if (options.KeepResult < TimeSpan.Zero || options.KeepResult > TaskMessage.LongestKeep)
        {
            throw new ArgumentException($"The time to keep the result is {options.KeepResult}: it goes from zero to {TaskMessage.LongestKeep.TotalDays:0} days.", nameof(options));
        }

        var message = new TaskMessage
        {
            Id = options.Id ?? TaskId.Next(time),
            Task = task,
            Queue = queue,
            Priority = priority,
            Arguments = arguments,
            EnqueuedAt = now,
            Rules = options.Rules,
            KeepResult = options.KeepResult,
            IsChecked = true,
        };
        var request = new EnqueueRequest(message)
        {
            Delay = delay > TimeSpan.Zero ? delay : TimeSpan.Zero,
            RememberId = options.Id is null ? TimeSpan.Zero : EnqueueRequest.RememberGivenId,
            Expires = options.Expires,
        };
        request = described.Apply(request);

        // What the call says wins over what is known of the type.
        return request with { OnConflict = options.OnConflict ?? request.OnConflict, UniqueFor = options.UniqueFor ?? request.UniqueFor };
    }
}
