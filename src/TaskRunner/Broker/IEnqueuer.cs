namespace TaskRunner.Broker;

/// <summary>Puts tasks into queues.</summary>
public interface IEnqueuer
{
    /// <summary>Enqueues all requests, one round trip for each queue.</summary>
    /// <returns>One status for each request, in order.</returns>
    /// <exception cref="BrokerUnavailableException">The broker did not answer in time; with <see cref="EnqueueRequest.RememberId"/> set, the same call may be repeated safely.</exception>
    Task<IReadOnlyList<EnqueueStatus>> EnqueueAsync(IReadOnlyList<EnqueueRequest> requests, CancellationToken cancellationToken);

    /// <summary>
    /// Whether it accepted tasks and still remembers their ids (<see cref="EnqueueRequest.RememberId"/>): false says that a task was never enqueued, that its time is
    /// over, or that the broker lost its data. One that cannot tell says false.
    /// </summary>
    /// <exception cref="BrokerUnavailableException">The broker did not answer in time.</exception>
    Task<IReadOnlyList<bool>> RemembersAsync(string queue, IReadOnlyList<Guid> ids, CancellationToken cancellationToken) =>
        Task.FromResult<IReadOnlyList<bool>>(new bool[ids.Count]);
}
