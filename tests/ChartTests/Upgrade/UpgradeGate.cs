using System.Text.Json.Nodes;
using ChartTests.Rendering;

namespace ChartTests.Upgrade;

/// <summary>Knows what Kubernetes refuses to change in a living object, and what an upgrade must not take away.</summary>
internal static class UpgradeGate
{
    private static readonly string[] Frozen =
    [
        "Deployment spec.selector",
        "StatefulSet spec.selector",
        "StatefulSet spec.serviceName",
        "StatefulSet spec.podManagementPolicy",
        "StatefulSet spec.volumeClaimTemplates",
        "Job spec.selector",
        "Job spec.template",
        "Job spec.completions",
        "Service spec.clusterIP",
        "RoleBinding roleRef",
        "Secret type",
        "PersistentVolumeClaim spec",
    ];

    /// <summary>Everything that makes an upgrade from one render to the other fail or lose something; empty when it is safe.</summary>
    public static IReadOnlyList<string> Breaks(Manifests before, Manifests after)
    {
        var old = before.Where(IsKept).ToList();
        return
        [
            .. old.Where(manifest => manifest.Kind != "Job" && Same(manifest, after) is null).Select(manifest => $"{manifest} is gone"),
            .. from manifest in old
               let now = Same(manifest, after)
               where now is not null
               from change in Changes(manifest, now)
               select $"{manifest} {change}",
        ];
    }

    private static IEnumerable<string> Changes(Manifest before, Manifest after) =>
    [
        .. Frozen.Select(rule => rule.Split(' '))
            .Where(rule => rule[0] == before.Kind && !JsonNode.DeepEquals(Stored(before.At(rule[1])), Stored(after.At(rule[1]))))
            .Select(rule => $"changes {rule[1]}"),
        .. before.Kind == "Deployment" && before.At("spec.replicas") is null && after.At("spec.replicas") is not null
            ? ["owns spec.replicas now and resets what a scaler set"]
            : Array.Empty<string>(),
        .. before.Kind == "Secret"
            ? LostKeys(before, after).Select(key => $"loses the key {key}")
            : [],
    ];

    /// <summary>As Kubernetes keeps it: it adds what kind a template of a claim is.</summary>
    private static JsonNode? Stored(JsonNode? part)
    {
        var copy = part?.DeepClone();
        foreach (var claim in (copy as JsonArray ?? []).OfType<JsonObject>())
        {
            claim.Remove("apiVersion");
            claim.Remove("kind");
        }

        return copy;
    }

    private static IEnumerable<string> LostKeys(Manifest before, Manifest after) =>
        (before.At("data") as JsonObject ?? []).Select(pair => pair.Key).Except((after.At("data") as JsonObject ?? []).Select(pair => pair.Key));

    /// <summary>What a hook makes is made anew each time.</summary>
    private static bool IsKept(Manifest manifest) => manifest.At("metadata.annotations")?["helm.sh/hook"] is null;

    private static Manifest? Same(Manifest manifest, Manifests among) =>
        among.SingleOrDefault(other => other.Kind == manifest.Kind && other.Name == manifest.Name && IsKept(other));
}
