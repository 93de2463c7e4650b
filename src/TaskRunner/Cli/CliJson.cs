using System.Text.Json;
using System.Text.Json.Serialization;
using TaskRunner.Beat;
using TaskRunner.Broker;
using TaskRunner.Results;

namespace TaskRunner.Cli;

internal sealed record EnqueuedView(Guid Id, string Status);

/// <summary>A live worker as it described itself.</summary>
internal sealed record WorkerView(
    string Name, string? Host, IReadOnlyList<string> Queues, int Concurrency, DateTimeOffset? StartedAt, long HeartbeatAgeMs, string? Version, string Order, IReadOnlyDictionary<string, int> Weights)
{
    public static WorkerView Of(LiveWorker worker)
    {
        var (told, age) = (worker.Description, (long)worker.HeartbeatAge.TotalMilliseconds);
        return new WorkerView(worker.Name, told?.Host, told?.Queues ?? [], told?.Concurrency ?? 0, told?.StartedAt, age, told?.Version, told?.Order ?? "", told?.Weights ?? new Dictionary<string, int>());
    }
}

internal sealed record BeatView(string Name, long SeenAgeMs, string Version)
{
    public static BeatView Of(BeatInfo beat) => new(beat.Name, (long)beat.SeenAge.TotalMilliseconds, beat.Version);
}

internal sealed record ScheduledView(IReadOnlyList<ScheduledTask> Tasks);

internal sealed record RegisteredWorkerView(string Worker, IReadOnlyList<string> Tasks);

internal sealed record RegisteredView(IReadOnlyList<RegisteredWorkerView> Workers);

internal sealed record WorkerStatsView(WorkerView Worker, WorkerReport? Report);

internal sealed record StatsView(IReadOnlyList<WorkerStatsView> Workers);

/// <summary>How a worker answered a wish.</summary>
/// <param name="Worker">Its name.</param>
/// <param name="Status">done, refused or no-answer.</param>
/// <param name="Detail">One phrase for people.</param>
internal sealed record WishView(string Worker, string Status, string Detail)
{
    public const string Done = "done";
    public const string Refused = "refused";
    public const string NoAnswer = "no-answer";
}

/// <summary>What became of a task that is to be cancelled: cancelled, running, waiting, finished, marked or unknown.</summary>
internal sealed record RevokedView(Guid Id, string Status, string Detail)
{
    public const string Unknown = "unknown";
}

/// <summary>Tasks where they wait.</summary>
internal sealed record QueuedTasksView(IReadOnlyList<QueuedTask> Tasks);

internal sealed record ForgottenQueueView(string Queue, bool Forgotten, string? Holds);

internal sealed record RevokedTasksView(IReadOnlyList<RevokedView> Tasks);

/// <summary>How many tasks a purge ended, or would end.</summary>
internal sealed record PurgeView(string Queue, IReadOnlyList<string> States, bool Purged, long Count);

internal sealed record WishesView(IReadOnlyList<WishView> Workers);

internal sealed record ReportView(
    string Version, string Runtime, string System, string BrokerServer, string Broker, string? Database, string Namespace, StatsView Workers, IReadOnlyList<BeatView> Beats, QueuesView Queues);

internal sealed record PingView(IReadOnlyList<WorkerView> Workers, IReadOnlyList<BeatView> Beats);

internal sealed record ActiveView(IReadOnlyList<ActiveTask> Tasks);

internal sealed record QueuesView(IReadOnlyList<QueueStatus> Queues);

internal sealed record UniqueKeyView(string Queue, string Key, Guid Task, long RemainingMs);

internal sealed record UniqueKeysView(IReadOnlyList<UniqueKeyView> Keys);

internal sealed record ReleasedKeyView(string Queue, string Key, Guid Task);

internal sealed record CheckView(string Check, bool Ok, string Detail);

internal sealed record DoctorView(bool Ok, IReadOnlyList<CheckView> Checks);

/// <summary>A result as JSON; the output is JSON itself, not a string of it.</summary>
internal sealed record ResultView(
    Guid Id,
    string Task,
    string Queue,
    string State,
    JsonElement? Output,
    string? Error,
    int Attempts,
    int Redeliveries,
    string? Worker,
    DateTimeOffset EnqueuedAt,
    DateTimeOffset? StartedAt,
    DateTimeOffset? FinishedAt)
{
    /// <summary>Where the last attempt failed; absent where nothing is known of it.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Stack { get; init; }

    /// <summary>What workers said that had lost their lease; absent where nothing is known of it.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<ResultView>? Superseded { get; init; }

    /// <summary>Why the task is where it is; absent for one that has ended.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Why { get; init; }

    // What a store holds may be no JSON: then it is shown as a text.
    private static JsonElement? Parse(string? output)
    {
        try
        {
            return output is null ? null : JsonElement.Parse(output, JsonDepth.Document);
        }
        catch (JsonException)
        {
            return JsonSerializer.SerializeToElement(output, CliJson.Default.String);
        }
    }

    public static ResultView Of(TaskResult result) => new(
        result.Id,
        result.Task,
        result.Queue,
        TaskStateName.Of(result.State),
        Parse(result.Output),
        result.Error,
        result.Attempts,
        result.Redeliveries,
        result.Worker,
        result.EnqueuedAt,
        result.StartedAt,
        result.FinishedAt)
    {
        Stack = result.Stack,
    };
}

internal sealed record DeadMoveView(long Count, bool DryRun);

/// <summary>A dead task as JSON, with its arguments as they are.</summary>
internal sealed record DeadTaskView(
    string Id, string? Task, string Queue, int Priority, string Reason, string Error, int Attempts, int Redeliveries, DateTimeOffset? EnqueuedAt, DateTimeOffset DiedAt, int Bytes, JsonElement? Arguments)
{
    /// <summary>Where the last error was thrown; absent where nothing is known of it.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Stack { get; init; }

    public static DeadTaskView Of(DeadTask task) => new(
        IdText.Print(task.Id), task.Task, task.Queue, task.Priority, task.Reason, task.Error, task.Attempts, task.Redeliveries, task.EnqueuedAt, task.DiedAt, task.Bytes, task.Arguments)
    {
        Stack = task.Stack,
    };
}

internal sealed record StartedFlowView(Guid Id, Guid LastId, IReadOnlyList<Guid> TaskIds);

internal sealed record GroupTaskView(int Member, Guid Id, string Task, string Queue, string? State, JsonElement? Output, string? Error);

/// <summary>A group as JSON; a member whose chain went on shows its last task once that has ended.</summary>
internal sealed record GroupView(Guid Id, string State, int Members, int Succeeded, int Failed, string? Next, string? Problem, IReadOnlyList<GroupTaskView> Tasks)
{
    public static GroupView Of(GroupRecord group) => new(
        group.Id,
        group.State,
        group.Plan.Members.Count,
        group.Succeeded,
        group.Failed,
        group.Next,
        group.Problem,
        [
            .. group.Plan.Members.Select((task, i) => group.Ends.TryGetValue(i, out var end)
                ? new GroupTaskView(i, end.Id, end.Task, end.Queue, end.State, end.Output, end.Error)
                : new GroupTaskView(i, task.Id, task.Task, task.Queue, null, null, null)),
        ]);
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true, MaxDepth = JsonDepth.Read)]
[JsonSerializable(typeof(EnqueuedView[]))]
[JsonSerializable(typeof(PingView))]
[JsonSerializable(typeof(ActiveView))]
[JsonSerializable(typeof(QueuesView))]
[JsonSerializable(typeof(UniqueKeysView))]
[JsonSerializable(typeof(ReleasedKeyView))]
[JsonSerializable(typeof(string))]
[JsonSerializable(typeof(QueuedTasksView))]
[JsonSerializable(typeof(ForgottenQueueView))]
[JsonSerializable(typeof(ScheduledView))]
[JsonSerializable(typeof(RegisteredView))]
[JsonSerializable(typeof(StatsView))]
[JsonSerializable(typeof(ReportView))]
[JsonSerializable(typeof(WishesView))]
[JsonSerializable(typeof(RevokedTasksView))]
[JsonSerializable(typeof(PurgeView))]
[JsonSerializable(typeof(DoctorView))]
[JsonSerializable(typeof(ResultView))]
[JsonSerializable(typeof(ResultView[]))]
[JsonSerializable(typeof(StartedFlowView))]
[JsonSerializable(typeof(DeadMoveView))]
[JsonSerializable(typeof(DeadTaskView))]
[JsonSerializable(typeof(DeadTaskView[]))]
[JsonSerializable(typeof(GroupView))]
internal sealed partial class CliJson : JsonSerializerContext;
