using System.Text.Json.Nodes;
using ClusterTests.Cluster;

namespace ClusterTests.Installation;

/// <summary>How far a deployment is with what it was told last.</summary>
internal sealed record Rollout(string Name, int Wanted, int Existing, int Updated, int Ready, bool IsObserved)
{
    public Rollout(JsonNode deployment)
        : this(
            deployment.Text("metadata.name"),
            deployment.Number("spec.replicas"),
            deployment.Number("status.replicas"),
            deployment.Number("status.updatedReplicas"),
            deployment.Number("status.readyReplicas"),
            deployment.Number("status.observedGeneration") >= deployment.Number("metadata.generation"))
    {
    }

    public bool IsComplete => IsObserved && Existing == Wanted && Updated == Wanted && Ready == Wanted;
}
