using System.Text.Json;
using Microsoft.Extensions.Logging;
using TaskRunner.Broker;
using TaskRunner.Loops;
using TaskRunner.Observability;

namespace TaskRunner.Flows;

/// <summary>
/// Looks at groups of which nothing was heard for some time, so that none hangs: a member that the broker does not know any more counts as failed, with the reason, and what
/// should have followed is enqueued. Every worker does it; doing the same twice changes nothing.
/// </summary>
/// <param name="broker">Where the groups are.</param>
/// <param name="relay">Crosses their edges.</param>
/// <param name="patience">Time without news after which a group is looked at.</param>
/// <param name="time">Clock for the rounds.</param>
/// <param name="logger">Told of groups that cannot be looked at.</param>
internal sealed partial class GroupKeeper(RedisBroker broker, FlowRelay relay, TimeSpan patience, TimeProvider time, ILogger logger)
{
    private const int MostAtOnce = 100;
    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan LongestPause = TimeSpan.FromHours(1);

    private readonly OutageLog outage = new("Groups cannot be looked after", time, logger);

    public Task RunAsync(SupervisedLoop loop, CancellationToken stopping) =>
        loop.EveryAsync(Interval, token => RunOnceAsync(token, () => loop.Step("round")), atOnce: false, stopping);

    /// <summary>Looks at the groups whose time has come.</summary>
    /// <param name="stopping">Ends the waiting.</param>
    /// <param name="looked">Told of each group that was looked at: one may take minutes.</param>
    internal async Task RunOnceAsync(CancellationToken stopping, Action? looked = null)
    {
        try
        {
            foreach (var group in await broker.DueGroupsAsync(MostAtOnce, stopping))
            {
                await LookSafelyAsync(group, stopping);
                looked?.Invoke();
            }

            outage.Succeeded();
        }
        catch (BrokerUnavailableException e)
        {
            outage.Failed(e);
        }
    }

    private async Task LookSafelyAsync(Guid group, CancellationToken stopping)
    {
        // So that other workers do not look at it meanwhile, too.
        await broker.WatchGroupAsync(group, Interval, isNew: false, stopping);
        try
        {
            await LookAsync(group, stopping);
        }
        catch (Exception e) when (MayBeUnusable(e))
        {
            if (await IsUsableAsync(group, stopping))
            {
                // A key of a queue is to blame, which may be mended: the group is looked at again.
                LogPutOff(logger, group, e.Message);
                await broker.WatchGroupAsync(group, patience, isNew: false, stopping);
            }
            else
            {
                // A group that another program made something else of costs itself.
                LogUnusable(logger, group, e.Message);
                await broker.CloseGroupAsync(group, stopping);
            }
        }
    }

    private async Task<bool> IsUsableAsync(Guid group, CancellationToken stopping)
    {
        try
        {
            await broker.ReadGroupAsync(group, stopping);
            await broker.GroupSilenceAsync(group, stopping);
            return true;
        }
        catch (Exception e) when (MayBeUnusable(e))
        {
            return false;
        }
    }

    private static bool MayBeUnusable(Exception e) => KeyTypes.IsWrongType(e) || e is JsonException or EnvelopeException or InvalidOperationException;

    private async Task LookAsync(Guid id, CancellationToken stopping)
    {
        if (await broker.ReadGroupAsync(id, stopping) is not { IsOver: false } group)
        {
            await broker.CloseGroupAsync(id, stopping);
            return;
        }

        var silence = await broker.GroupSilenceAsync(id, stopping);
        if (silence < patience)
        {
            await broker.WatchGroupAsync(id, patience - silence, isNew: false, stopping);
        }
        else if (group.IsComplete)
        {
            await relay.GoOnAsync(group, stopping);
        }
        else
        {
            await EndLostAsync(group, stopping);
            await broker.WatchGroupAsync(id, silence < LongestPause ? silence : LongestPause, isNew: false, stopping);
        }
    }

    private async Task EndLostAsync(GroupRecord group, CancellationToken stopping)
    {
        var missing = Missing(group);
        var ids = missing.Values.SelectMany(member => member).ToHashSet(StringComparer.Ordinal);
        if (ids.Count == 0)
        {
            return;
        }

        // A task that moves may be missed by one look, and a result may have been applied between the two.
        var queues = group.Plan.Members.Select(member => member.Queue).Distinct(StringComparer.Ordinal).ToList();
        var first = await broker.SeekAsync(ids, queues, stopping);
        var second = first.SearchedAll ? await broker.SeekAsync(ids, queues, stopping) : first;
        if (!first.SearchedAll || !second.SearchedAll || await broker.ReadGroupAsync(group.Id, stopping) is not { IsOver: false } now)
        {
            return;
        }

        foreach (var (member, steps) in missing)
        {
            if (!now.Ends.ContainsKey(member) && !steps.Exists(id => first.OnTheirWay.Contains(id) || second.OnTheirWay.Contains(id)))
            {
                var dead = steps.Select(id => second.Dead.GetValueOrDefault(id)).FirstOrDefault(why => why is not null);
                await relay.LoseAsync(now, member, dead ?? "It is lost: the broker knows none of its tasks, and no result of it.", stopping);
            }
        }
    }

    // Of groups of earlier versions it is not known how many steps a member has.
    private static Dictionary<int, List<string>> Missing(GroupRecord group) => group.Plan.Members
        .Select((member, i) => (Member: member, Index: i))
        .Where(entry => entry.Member.Steps is not null && !group.Ends.ContainsKey(entry.Index))
        .ToDictionary(entry => entry.Index, entry => entry.Member.Ids().Select(id => id.ToString("N")).ToList());

    [LoggerMessage(LogLevel.Warning, "Group {Group} cannot be looked after now, and is tried again: {Reason}")]
    private static partial void LogPutOff(ILogger logger, Guid group, string reason);

    [LoggerMessage(LogLevel.Warning, "Group {Group} cannot be looked after, and ends when its time to live is over: {Reason}")]
    private static partial void LogUnusable(ILogger logger, Guid group, string reason);
}
