using System.Text.Json.Serialization;

namespace TaskRunner.Broker;

/// <summary>Why a task is dead.</summary>
/// <param name="Reason">failed, crash-loop, unknown-task or unreadable.</param>
/// <param name="Error">One sentence, or the last error of the task.</param>
internal sealed record DeadReason(string Reason, string Error)
{
    /// <summary>Where the error was thrown; null when nothing is known.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Stack { get; init; }
}

/// <summary>What a worker tells of itself.</summary>
/// <param name="Name">Its incarnation.</param>
/// <param name="Host">Where it runs.</param>
/// <param name="Queues">Queues that it takes from.</param>
/// <param name="Concurrency">How many tasks it runs at a time.</param>
/// <param name="StartedAt">When this incarnation began.</param>
/// <param name="Version">Version of the program.</param>
internal sealed record WorkerDescription(string Name, string Host, IReadOnlyList<string> Queues, int Concurrency, DateTimeOffset StartedAt, string Version)
{
    /// <summary>Order across queues: fair, weighted or strict.</summary>
    public string Order { get; init; } = "fair";

    /// <summary>Weights of the queues that have one other than 1.</summary>
    public IReadOnlyDictionary<string, int> Weights { get; init; } = new Dictionary<string, int>();

    /// <summary>Task types that it can run, sorted.</summary>
    public IReadOnlyList<string> Tasks { get; init; } = [];

    /// <summary>The last wish of <c>control</c> that it carried out; empty for none.</summary>
    public string Revision { get; init; } = "";

    /// <summary>Why that wish could not be carried out in full; null when it was.</summary>
    public string? Objection { get; init; }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(DeadReason))]
[JsonSerializable(typeof(QueuePause))]
[JsonSerializable(typeof(WorkerDescription))]
[JsonSerializable(typeof(WorkerReport))]
internal sealed partial class BrokerJson : JsonSerializerContext;
