using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using TaskRunner.Broker;

namespace TaskRunner.Flows;

/// <summary>A step on the wire: a task, or, when it has members, a group.</summary>
internal sealed record FlowStep
{
    public string? Task { get; init; }

    public JsonElement? Args { get; init; }

    public string? Queue { get; init; }

    public int? Priority { get; init; }

    /// <summary>How long the broker keeps the result, ms.</summary>
    public long? Keep { get; init; }

    public List<List<FlowStep>>? Members { get; init; }

    /// <summary>Whether it is a task that can be enqueued, or a group of chains of such.</summary>
    [JsonIgnore]
    public bool IsSound => Members is null
        ? Task is not null && TaskName.IsValid(Task) && (Queue is null || QueueName.IsValid(Queue)) && Priority is null or (>= 0 and <= QueueKeys.HighestPriority)
        : Members.TrueForAll(chain => chain is { Count: > 0 } && chain.TrueForAll(step => step is { Members: null, IsSound: true }));
}

/// <summary>What a task of a flow carries: what follows it, and what it is a member of.</summary>
internal sealed record FlowState
{
    /// <summary>What follows, in order; null when it is the last.</summary>
    public List<FlowStep>? Next { get; init; }

    /// <summary>The group that hears of its end once nothing follows.</summary>
    public Guid? Group { get; init; }

    /// <summary>Which member of the group it is, from 0.</summary>
    public int Member { get; init; }

    /// <summary>What runs when it gives up.</summary>
    public FlowStep? Error { get; init; }

    /// <summary>The trace of the producer, for all tasks of the flow.</summary>
    public TraceContext? Trace { get; init; }

    public string Write() => JsonSerializer.Serialize(this, FlowJson.Compact.FlowState);

    /// <summary>Reads a flow; null when the text is none.</summary>
    public static FlowState? TryRead(string text)
    {
        try
        {
            return JsonSerializer.Deserialize(text, FlowJson.Compact.FlowState) is { IsSound: true } state ? state : null;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return null;
        }
    }

    /// <summary>Whether every step can be enqueued: a text that another program wrote may hold anything.</summary>
    private bool IsSound => Member >= 0 && Next?.TrueForAll(step => step is { IsSound: true }) != false && Error is null or { IsSound: true, Members: null };
}

/// <summary>What the broker keeps of a group from its start.</summary>
/// <param name="Members">Ids of the first tasks of its members, with their types.</param>
/// <param name="Next">What follows when all members have succeeded.</param>
/// <param name="Error">What runs when one has failed.</param>
/// <param name="Trace">The trace of the producer.</param>
internal sealed record GroupPlan(IReadOnlyList<GroupTask> Members, List<FlowStep>? Next, FlowStep? Error, TraceContext? Trace)
{
    /// <summary>Reads a plan; null when the text is none, or holds what cannot be enqueued.</summary>
    public static GroupPlan? TryRead(byte[] text)
    {
        try
        {
            return JsonSerializer.Deserialize(text, FlowJson.Compact.GroupPlan) is { IsSound: true } plan ? plan : null;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return null;
        }
    }

    [JsonIgnore]
    private bool IsSound => Members is not null && Members.All(member => member is { Task: not null, Queue: not null })
        && Next?.TrueForAll(step => step is { IsSound: true }) != false && Error is null or { IsSound: true, Members: null };
}

/// <summary>The first task of a member.</summary>
/// <param name="Id">Its id, from which those of the steps after it follow.</param>
/// <param name="Task">Its type.</param>
/// <param name="Queue">Its queue.</param>
/// <param name="Steps">How many steps the member has; null in groups of earlier versions.</param>
internal sealed record GroupTask(Guid Id, string Task, string Queue, int? Steps = null)
{
    private const int MostSteps = 10_000;

    /// <summary>The ids of all its tasks, in order.</summary>
    public IEnumerable<Guid> Ids()
    {
        var id = Id;
        for (var step = 0; step < Math.Clamp(Steps ?? 1, 1, MostSteps); step++)
        {
            yield return id;
            id = FlowEnqueuer.Following(id);
        }
    }
}

/// <summary>How a member of a group ended.</summary>
/// <param name="Id">The task that ended it.</param>
/// <param name="Task">Its type.</param>
/// <param name="Queue">Its queue.</param>
/// <param name="State">The word for its state.</param>
/// <param name="Output">What it returned; null for nothing.</param>
/// <param name="Error">Why it failed; null when it did not.</param>
internal sealed record MemberEnd(Guid Id, string Task, string Queue, string State, JsonElement? Output, string? Error)
{
    /// <summary>Reads the end of a member; null when the text is none.</summary>
    public static MemberEnd? TryRead(byte[] text)
    {
        try
        {
            return JsonSerializer.Deserialize(text, FlowJson.Compact.MemberEnd) is { Task: not null, Queue: not null, State: not null } end ? end : null;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return null;
        }
    }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault)]
[JsonSerializable(typeof(FlowState))]
[JsonSerializable(typeof(GroupPlan))]
[JsonSerializable(typeof(MemberEnd))]
[JsonSerializable(typeof(List<JsonElement?>))]
internal sealed partial class FlowJson : JsonSerializerContext
{
    /// <summary>Writes no more escapes than JSON needs: the text stands within JSON again.</summary>
    public static FlowJson Compact { get; } = new(new JsonSerializerOptions
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,

        // Steps and plans add levels to the arguments and outputs in them.
        MaxDepth = JsonDepth.Read,
    });
}
