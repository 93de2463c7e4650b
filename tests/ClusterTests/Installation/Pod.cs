using System.Text.Json.Nodes;
using ClusterTests.Cluster;

namespace ClusterTests.Installation;

/// <summary>A pod as the API server had it when it was asked.</summary>
internal sealed class Pod(JsonNode json)
{
    public JsonNode Json { get; } = json;

    public string Name => Json.Text("metadata.name");

    public string Component => Json["metadata"]?["labels"]?["app.kubernetes.io/component"]?.ToString() ?? "";

    public string Node => Json.Text("spec.nodeName");

    public string Phase => Json.Text("status.phase");

    public bool IsTerminating => Json.At("metadata.deletionTimestamp") is not null;

    public bool IsReady => !IsTerminating
        && Json.At("status.conditions") is JsonArray conditions
        && conditions.Any(condition => condition.Text("type") == "Ready" && condition.Text("status") == "True");

    /// <summary>How often its first container was started again.</summary>
    public int Restarts => Json.Number("status.containerStatuses[0].restartCount");

    /// <summary>Id of its first container, without the runtime's name; empty when there is none yet.</summary>
    public string ContainerId => Json.Text("status.containerStatuses[0].containerID").Split("//")[^1];

    private string WaitsFor => Json.Text("status.containerStatuses[0].state.waiting.reason");

    public override string ToString() =>
        $"{Name} on {Node}: {Phase}{(IsReady ? ", ready" : "")}{(IsTerminating ? ", terminating" : "")}, {Restarts} restarts"
        + (WaitsFor.Length > 0 ? $", {WaitsFor}" : "");
}
