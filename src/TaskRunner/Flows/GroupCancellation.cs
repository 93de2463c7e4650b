using TaskRunner.Broker;

namespace TaskRunner.Flows;

/// <summary>Cancels groups: nothing of a group starts any more, neither what is left of its members nor what follows, nor its error step.</summary>
internal static class GroupCancellation
{
    /// <summary>Cancels a group. A second call cancels what this one did not reach.</summary>
    /// <returns>The group as it was then; null when it is not known.</returns>
    /// <exception cref="BrokerUnavailableException">The broker did not answer; the same call may be repeated.</exception>
    public static async Task<GroupRecord?> CancelAsync(RedisBroker broker, Guid group, CancellationToken cancellationToken)
    {
        // First the mark, which stops what would follow; what passed it a moment ago is cancelled by its id.
        await broker.NoteGroupAsync(group, "cancelled", "1", cancellationToken);
        if (await broker.ReadGroupAsync(group, cancellationToken) is not { } known)
        {
            return null;
        }

        foreach (var chunk in known.Plan.Members.Where((_, i) => !known.Ends.ContainsKey(i)).Chunk(100))
        {
            await Task.WhenAll(chunk.Select(member => CancelAsync(broker, member, cancellationToken)));
        }

        if (known is { Next: null, Plan.Next: [{ Members: null }, ..] })
        {
            await broker.CancelAsync(FlowEnqueuer.Following(group), cancellationToken);
        }

        return known;
    }

    private static async Task CancelAsync(RedisBroker broker, GroupTask member, CancellationToken cancellationToken)
    {
        foreach (var id in member.Ids())
        {
            if (await broker.CancelAsync(id, cancellationToken) == CancelStatus.Cancelled)
            {
                return;
            }
        }
    }
}
