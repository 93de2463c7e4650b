using System.Text.Json.Nodes;

namespace ChartTests.Rendering;

/// <summary>
/// The Pod Security Standard "restricted", and what this chart promises beyond it: a read-only root file system and no token.
/// Written from the standard, not from the chart, so that a container added later is judged too.
/// </summary>
internal static class PodSecurity
{
    private static readonly string[] Volumes =
        ["configMap", "csi", "downwardAPI", "emptyDir", "ephemeral", "persistentVolumeClaim", "projected", "secret"];

    private static readonly string[] Profiles = ["RuntimeDefault", "Localhost"];

    /// <summary>Everything in a pod's spec that "restricted" forbids; empty when it passes.</summary>
    public static IReadOnlyList<string> Violations(JsonObject spec)
    {
        var pod = spec["securityContext"] as JsonObject ?? [];
        return
        [
            .. HostViolations(spec, pod),
            .. VolumeViolations(spec),
            .. new[] { "initContainers", "containers", "ephemeralContainers" }
                .SelectMany(key => (spec[key] as JsonArray ?? []).OfType<JsonObject>())
                .SelectMany(container => ContainerViolations(container, pod).Select(text => $"{container["name"]}: {text}")),
        ];
    }

    /// <summary>What the chart promises beyond the standard, and a pod's spec does not keep.</summary>
    public static IReadOnlyList<string> BrokenPromises(JsonObject spec) =>
    [
        .. Unless((bool?)spec["automountServiceAccountToken"] == false, "mounts a token"),
        .. Unless((bool?)spec["enableServiceLinks"] == false, "has variables of every service"),
        .. new[] { "initContainers", "containers" }
            .SelectMany(key => (spec[key] as JsonArray ?? []).OfType<JsonObject>())
            .Where(container => (bool?)container.At("securityContext.readOnlyRootFilesystem") != true)
            .Select(container => $"{container["name"]}: the root file system can be written"),
    ];

    private static IEnumerable<string> HostViolations(JsonObject spec, JsonObject pod) =>
    [
        .. new[] { "hostNetwork", "hostPID", "hostIPC" }.Where(key => (bool?)spec[key] == true),
        .. Unless((long?)pod["runAsUser"] != 0, "the pod runs as user 0"),
        .. Unless((pod["sysctls"] as JsonArray ?? []).Count == 0, "the pod sets sysctls"),
        .. Unless(spec["hostAliases"] is null || spec["hostNetwork"] is null, "host aliases with the host's network"),
    ];

    private static IEnumerable<string> VolumeViolations(JsonObject spec) =>
        from volume in (spec["volumes"] as JsonArray ?? []).OfType<JsonObject>()
        from key in volume.Select(pair => pair.Key)
        where key != "name" && !Volumes.Contains(key)
        select $"the volume {volume["name"]} is a {key}";

    private static IEnumerable<string> ContainerViolations(JsonObject container, JsonObject pod)
    {
        var context = container["securityContext"] as JsonObject ?? [];
        var drop = (context.At("capabilities.drop") as JsonArray ?? []).Select(item => (string?)item);
        var add = (context.At("capabilities.add") as JsonArray ?? []).Select(item => (string?)item);
        var profile = (string?)(context.At("seccompProfile.type") ?? pod.At("seccompProfile.type"));
        return
        [
            .. Unless((bool?)context["allowPrivilegeEscalation"] == false, "allows privilege escalation"),
            .. Unless((bool?)context["privileged"] != true, "is privileged"),
            .. Unless(drop.Contains("ALL"), "keeps capabilities"),
            .. Unless(add.All(name => name == "NET_BIND_SERVICE"), "adds capabilities"),
            .. Unless((bool?)(context["runAsNonRoot"] ?? pod["runAsNonRoot"]) == true, "may run as root"),
            .. Unless((long?)context["runAsUser"] != 0, "runs as user 0"),
            .. Unless(Profiles.Contains(profile), $"has the seccomp profile {profile ?? "of nobody"}"),
            .. Unless(((string?)context["procMount"] ?? "Default") == "Default", "unmasks /proc"),
            .. Unless((container["ports"] as JsonArray ?? []).All(port => port?["hostPort"] is null), "takes a port of the host"),
        ];
    }

    private static IEnumerable<string> Unless(bool right, string violation) => right ? [] : [violation];
}
