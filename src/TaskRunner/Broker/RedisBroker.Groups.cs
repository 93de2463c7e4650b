using System.Globalization;
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
    public Task OpenGroupAsync(Guid id, GroupPlan plan, CancellationToken cancellationToken)
    {
        RedisArgument[] arguments = [JsonSerializer.SerializeToUtf8Bytes(plan, FlowJson.Compact.GroupPlan), plan.Members.Count, (long)GroupTimeToLive.TotalMilliseconds];
        return EvaluateAsync([new LuaCall(BrokerScripts.GroupOpen, [keys.Group(id)], arguments)], cancellationToken);
    }

    /// <summary>Notes how a member ended; the first success of a member counts, and a success after a failure takes its place.</summary>
    /// <returns>Null when the group is not known.</returns>
    /// <exception cref="JsonException">The output is not JSON that can be kept.</exception>
    public async Task<GroupReply?> ReportMemberAsync(Guid id, int member, TaskResult result, CancellationToken cancellationToken)
    {
        var end = new MemberEnd(result.Id, result.Task, result.Queue, TaskStateName.Of(result.State), result.Output is { } json ? JsonElement.Parse(json, JsonDepth.Document) : null, result.Error);
        RedisArgument[] arguments =
            [member, result.State == TaskState.Succeeded ? 1 : 0, JsonSerializer.SerializeToUtf8Bytes(end, FlowJson.Compact.MemberEnd), (long)GroupTimeToLive.TotalMilliseconds];
        var items = (await EvaluateAsync([new LuaCall(BrokerScripts.GroupReport, [keys.Group(id)], arguments)], cancellationToken))[0].Items;
        return items[0].AsInteger() < 0 ? null : new GroupReply(items[0].AsInteger() == items[1].AsInteger(), items[2].AsInteger() == 1);
    }

    public async Task<bool> IsGroupCancelledAsync(Guid id, CancellationToken cancellationToken) =>
        !(await ExecuteAsync([RedisCommand.Create("HGET", keys.Group(id), "cancelled")], cancellationToken))[0].IsNull;

    /// <summary>Notes something of a group that is known: <c>next</c>, <c>problem</c> or <c>cancelled</c>.</summary>
    /// <returns>Whether the group is known.</returns>
    public async Task<bool> NoteGroupAsync(Guid id, string name, string value, CancellationToken cancellationToken) =>
        (await EvaluateAsync([new LuaCall(BrokerScripts.GroupNote, [keys.Group(id)], [name, value])], cancellationToken))[0].AsInteger() == 1;

    /// <summary>Reads a group; null when it is not known.</summary>
    public async Task<GroupRecord?> ReadGroupAsync(Guid id, CancellationToken cancellationToken)
    {
        var items = (await ExecuteAsync([RedisCommand.Create("HGETALL", keys.Group(id))], cancellationToken))[0].Items;
        GroupPlan? plan = null;
        var succeeded = new Dictionary<int, MemberEnd>();
        var failed = new Dictionary<int, MemberEnd>();
        var notes = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var pair in items.Chunk(2))
        {
            var name = pair[0].AsString();
            if (name == "plan")
            {
                plan = JsonSerializer.Deserialize(pair[1].AsBytes(), FlowJson.Compact.GroupPlan);
            }
            else if (name.StartsWith("s:", StringComparison.Ordinal) || name.StartsWith("f:", StringComparison.Ordinal))
            {
                (name[0] == 's' ? succeeded : failed)[int.Parse(name.AsSpan(2), CultureInfo.InvariantCulture)] = JsonSerializer.Deserialize(pair[1].AsBytes(), FlowJson.Compact.MemberEnd)!;
            }
            else
            {
                notes[name] = pair[1].AsString();
            }
        }

        if (plan is null)
        {
            return null;
        }

        // A member that failed and was retried by hand counts by its success.
        foreach (var (member, end) in failed)
        {
            succeeded.TryAdd(member, end);
        }

        return new GroupRecord(id, plan, succeeded, notes.GetValueOrDefault("next"), notes.GetValueOrDefault("problem"), notes.ContainsKey("cancelled"));
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
    public int Succeeded => Ends.Values.Count(end => end.State == "succeeded");

    public int Failed => Ends.Count - Succeeded;

    /// <summary>One word for it: running, succeeded, failed or cancelled.</summary>
    public string State => IsCancelled ? "cancelled" : Succeeded == Plan.Members.Count && Problem is null ? "succeeded" : Failed > 0 || Problem is not null ? "failed" : "running";
}
