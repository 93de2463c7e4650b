using System.Text.Json.Nodes;

namespace ClusterTests.Installation;

/// <summary>A row of the table of results.</summary>
internal sealed record TaskResult(
    Guid TaskId, string Task, string Queue, string State, JsonNode? Output, string? Error, int Attempts, int Redeliveries, string? Worker, DateTimeOffset EnqueuedAt, DateTimeOffset? StartedAt, DateTimeOffset? FinishedAt);
