namespace TaskRunner.Broker;

/// <summary>Puts tasks into queues.</summary>
public interface IEnqueuer
{
    /// <summary>Enqueues all requests, one round trip for each queue.</summary>
    /// <returns>One status for each request, in order.</returns>
    /// <exception cref="BrokerUnavailableException">The broker did not answer in time; with <see cref="EnqueueRequest.RememberId"/> set, the same call may be repeated safely.</exception>
    Task<IReadOnlyList<EnqueueStatus>> EnqueueAsync(IReadOnlyList<EnqueueRequest> requests, CancellationToken cancellationToken);
}
