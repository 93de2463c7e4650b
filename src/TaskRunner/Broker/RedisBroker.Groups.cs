using System.Globalization;
using System.Text;
using System.Text.Json;
using TaskRunner.Flows;
using TaskRunner.Redis;
using TaskRunner.Results;

namespace TaskRunner.Broker;

/// <summary>Groups of flows: one hash each, in a slot of its own, since its members may be in any queue.</summary>
internal sealed partial class RedisBroker
{
    /// <summary>How long a group is kept after it was opened or a member last ended.</summary>
    public static readonly TimeSpan GroupTimeToLive = TimeSpan.FromDays(7);

    /// <summary>Time until a worker looks at a group of which nothing was heard.</summary>
    public static readonly TimeSpan GroupLook = TimeSpan.FromMinutes(10);

    private const long NoSuchMember = -2;

    /// <summary>Refuses tasks as an enqueue would, without sending anything.</summary>
    /// <exception cref="PayloadTooLargeException">One of the messages is over the limit.</exception>
    /// <exception cref="ArgumentException">One of the tasks is not allowed.</exception>
    public void ThrowIfRefused(IEnumerable<EnqueueRequest> requests)
    {
        foreach (var request in requests)
        {
            WriteChecked(request);
        }
    }

    /// <summary>Opens a group; one that is open stays as it is.</summary>
    public async Task OpenGroupAsync(Guid id, GroupPlan plan, CancellationToken cancellationToken)
    {
        // First the note that there is one to look after: a group that nobody looks after could hang for ever.
        await WatchGroupAsync(id, GroupLook, isNew: true, cancellationToken);
        RedisArgument[] arguments = [JsonSerializer.SerializeToUtf8Bytes(plan, FlowJson.Compact.GroupPlan), plan.Members.Count, (long)GroupTimeToLive.TotalMilliseconds];
        await EvaluateAsync([new LuaCall(BrokerScripts.GroupOpen, [keys.Group(id)], arguments)], cancellationToken);
    }

    /// <summary>Notes how a member ended; the first success of a member counts, and a success after a failure takes its place.</summary>
    /// <returns>Null when the group is not known, or has no such member.</returns>
    /// <exception cref="JsonException">The output is not JSON that can be kept.</exception>
    public async Task<GroupReply?> ReportMemberAsync(Guid id, int member, TaskResult result, CancellationToken cancellationToken)
    {
        var end = new MemberEnd(result.Id, result.Task, result.Queue, TaskStateName.Of(result.State), result.Output is { } json ? JsonElement.Parse(json, JsonDepth.Document) : null, result.Error);
        RedisArgument[] arguments =
            [member, result.State == TaskState.Succeeded ? 1 : 0, JsonSerializer.SerializeToUtf8Bytes(end, FlowJson.Compact.MemberEnd), (long)GroupTimeToLive.TotalMilliseconds];
        var call = new LuaCall(BrokerScripts.GroupReport, [keys.Group(id)], arguments);
        var items = (await EvaluateAsync([call], cancellationToken))[0].Items;
        if (items[0].AsInteger() == NoSuchMember && await ReadGroupAsync(id, cancellationToken) is { } known && member < known.Plan.Members.Count)
        {
            // The plan has it: the count beside it is off.
            await MendGroupAsync(known, cancellationToken);
            items = (await EvaluateAsync([call], cancellationToken))[0].Items;
        }

        return items[0].AsInteger() < 0 ? null : new GroupReply(items[0].AsInteger() == items[1].AsInteger(), items[2].AsInteger() == 1);
    }

    /// <summary>Writes the counts of a group anew, from its plan and the ends that it has.</summary>
    public Task MendGroupAsync(GroupRecord group, CancellationToken cancellationToken) => ExecuteAsync(
        [RedisCommand.Create("HSET", keys.Group(group.Id), "total", group.Plan.Members.Count, "done", group.Succeeded)], cancellationToken);

    public async Task<bool> IsGroupCancelledAsync(Guid id, CancellationToken cancellationToken) =>
        !(await ExecuteAsync([RedisCommand.Create("HGET", keys.Group(id), "cancelled")], cancellationToken))[0].IsNull;

    /// <summary>Notes something of a group that is known: <c>next</c>, <c>problem</c> or <c>cancelled</c>.</summary>
    /// <returns>Whether the group is known.</returns>
    public async Task<bool> NoteGroupAsync(Guid id, string name, string value, CancellationToken cancellationToken) =>
        (await EvaluateAsync([new LuaCall(BrokerScripts.GroupNote, [keys.Group(id)], [name, value])], cancellationToken))[0].AsInteger() == 1;

    /// <summary>Reads a group; null when it is not known. What another program wrote into it and nobody can read counts as not there.</summary>
    public async Task<GroupRecord?> ReadGroupAsync(Guid id, CancellationToken cancellationToken)
    {
        var items = (await ExecuteAsync([RedisCommand.Create("HGETALL", keys.Group(id))], cancellationToken))[0].Items;
        var fields = new Dictionary<string, byte[]>(StringComparer.Ordinal);
        foreach (var pair in items.Chunk(2))
        {
            fields[pair[0].AsString()] = pair[1].AsBytes();
        }

        if (!fields.TryGetValue("plan", out var text))
        {
            return null;
        }

        var plan = GroupPlan.TryRead(text);
        var ends = new Dictionary<int, MemberEnd>();
        for (var member = 0; member < plan?.Members.Count; member++)
        {
            // A member that failed and was retried by hand counts by its success.
            foreach (var kind in new[] { 's', 'f' })
            {
                if (fields.TryGetValue(string.Create(CultureInfo.InvariantCulture, $"{kind}:{member}"), out var written) && MemberEnd.TryRead(written) is { } end)
                {
                    ends.TryAdd(member, end);
                }
            }
        }

        string? Note(string name) => fields.TryGetValue(name, out var value) ? Encoding.UTF8.GetString(value) : null;
        return new GroupRecord(id, plan ?? new GroupPlan([], null, null, null), ends, Note("next"), plan is null ? GroupRecord.Unreadable : Note("problem"), Note("cancelled") is not null);
    }
}

/// <summary>The broker's answer to the end of a member.</summary>
/// <param name="IsComplete">All members have succeeded.</param>
/// <param name="IsCancelled">Somebody cancelled the group.</param>
internal sealed record GroupReply(bool IsComplete, bool IsCancelled);

/// <summary>A group as the broker knows it.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Plan">What it was opened with.</param>
/// <param name="Ends">How members ended, by their number; a member that has not is not there.</param>
/// <param name="Next">Id of what was enqueued when all had succeeded.</param>
/// <param name="Problem">Why that was not possible.</param>
/// <param name="IsCancelled">Somebody cancelled it.</param>
internal sealed record GroupRecord(Guid Id, GroupPlan Plan, IReadOnlyDictionary<int, MemberEnd> Ends, string? Next, string? Problem, bool IsCancelled)
{
    /// <summary>The problem of a group whose plan cannot be read.</summary>
    public const string Unreadable = "What the broker keeps of this group cannot be read: another program wrote it, or a newer version of this one.";

    /// <summary>All members have succeeded.</summary>
    public bool IsComplete => Problem is null && Succeeded == Plan.Members.Count;

    /// <summary>Nothing of it is to come by itself: it was cancelled, each member has ended and what follows was enqueued, or something does not let it go on.</summary>
    public bool IsOver => IsCancelled || Problem is not null || (Ends.Count == Plan.Members.Count && (Failed > 0 || Next is not null || Plan.Next is null or []));

    public int Succeeded => Ends.Values.Count(end => end.State == "succeeded");

    public int Failed => Ends.Count - Succeeded;

    /// <summary>One word for it: running, succeeded, failed or cancelled.</summary>
    public string State => IsCancelled ? "cancelled" : IsComplete ? "succeeded" : Failed > 0 || Problem is not null ? "failed" : "running";
}
