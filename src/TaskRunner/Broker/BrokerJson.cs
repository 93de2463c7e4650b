using System.Text.Json.Serialization;

namespace TaskRunner.Broker;

/// <summary>Why a task is dead.</summary>
/// <param name="Reason">failed, crash-loop, unknown-task or unreadable.</param>
/// <param name="Error">One sentence, or the last error of the task.</param>
internal sealed record DeadReason(string Reason, string Error);

/// <summary>What a worker tells of itself.</summary>
internal sealed record WorkerDescription(string Name, string Host, IReadOnlyList<string> Queues, int Concurrency, DateTimeOffset StartedAt, string Version);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(DeadReason))]
[JsonSerializable(typeof(QueuePause))]
[JsonSerializable(typeof(WorkerDescription))]
internal sealed partial class BrokerJson : JsonSerializerContext;
