using System.Text.Json;
using System.Text.Json.Serialization;
using TaskRunner.Broker;
using TaskRunner.Results;

namespace TaskRunner.Cli;

internal sealed record EnqueuedView(Guid Id, string Status);

internal sealed record WorkerView(string Name, string? Host, IReadOnlyList<string> Queues, int Concurrency, DateTimeOffset? StartedAt, long HeartbeatAgeMs, string? Version);

internal sealed record BeatView(string Name, long SeenAgeMs, string Version);

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
    public static ResultView Of(TaskResult result) => new(
        result.Id,
        result.Task,
        result.Queue,
        TaskStateName.Of(result.State),
        result.Output is { } json ? JsonElement.Parse(json) : null,
        result.Error,
        result.Attempts,
        result.Redeliveries,
        result.Worker,
        result.EnqueuedAt,
        result.StartedAt,
        result.FinishedAt);
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true)]
[JsonSerializable(typeof(EnqueuedView[]))]
[JsonSerializable(typeof(PingView))]
[JsonSerializable(typeof(ActiveView))]
[JsonSerializable(typeof(QueuesView))]
[JsonSerializable(typeof(UniqueKeysView))]
[JsonSerializable(typeof(ReleasedKeyView))]
[JsonSerializable(typeof(DoctorView))]
[JsonSerializable(typeof(ResultView))]
[JsonSerializable(typeof(ResultView[]))]
internal sealed partial class CliJson : JsonSerializerContext;
