using System.Text.Json.Nodes;
using ChartTests.Rendering;
using FluentAssertions;
using Xunit;

namespace ChartTests.Conventions;

/// <summary>What one object says of another, or of itself: every name that is used is there, and no name twice.</summary>
public sealed class WiringTests
{
    private static readonly string[] Probes = ["startupProbe", "livenessProbe", "readinessProbe"];

    public static TheoryData<string> Cases => CiCases.All;

    [Theory]
    [MemberData(nameof(Cases))]
    public void Every_probe_asks_a_port_of_its_container(string file)
    {
        var lost = from container in Containers(file)
                   from probe in Probes
                   let port = container.At($"{probe}.httpGet.port") ?? container.At($"{probe}.tcpSocket.port")
                   where port is not null && !HasPort(container, port)
                   select $"{container["name"]} {probe} {port}";

        lost.Should().BeEmpty();
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Every_port_of_a_service_is_a_port_of_the_pods_that_it_selects(string file)
    {
        var manifests = CiCases.Render(file);
        var lost = from service in manifests.All("Service").Where(service => service.At("spec.selector") is not null)
                   from pod in manifests.Workloads.Where(pod => Matches(service, pod))
                   from port in service.At("spec.ports")!.AsArray()
                   where !pod.Containers.Any(container => HasPort(container, port!["targetPort"] ?? port["port"]!))
                   select $"{service} {port}";

        lost.Should().BeEmpty();
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Every_port_of_a_network_policy_is_one_that_its_pods_listen_on(string file)
    {
        var manifests = CiCases.Render(file);
        var lost = from policy in manifests.All("NetworkPolicy").Where(policy => policy.Component is not null)
                   let pods = manifests.Workloads.Where(pod => pod.Component == policy.Component)
                   from rule in policy.At("spec.ingress") as JsonArray ?? []
                   from port in rule!["ports"] as JsonArray ?? []
                   where !pods.Any(pod => pod.Containers.Any(container => HasPort(container, port!["port"]!)))
                   select $"{policy} {port}";

        lost.Should().BeEmpty();
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Every_mount_has_a_volume_and_every_volume_a_mount(string file)
    {
        foreach (var workload in CiCases.Render(file).Workloads)
        {
            var volumes = Names(workload.PodSpec["volumes"])
                .Concat((workload.At("spec.volumeClaimTemplates") as JsonArray ?? []).Select(claim => claim.At("metadata.name")!.ToString()));
            var mounts = workload.Containers.SelectMany(container => Names(container["volumeMounts"])).Distinct();

            volumes.Should().OnlyHaveUniqueItems().And.BeEquivalentTo(mounts, $"{workload} mounts them");
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void No_container_has_a_variable_a_port_or_a_mount_path_twice(string file)
    {
        foreach (var container in Containers(file))
        {
            Names(container["env"]).Should().OnlyHaveUniqueItems();
            Names(container["ports"]).Should().OnlyHaveUniqueItems();
            (container["volumeMounts"] as JsonArray ?? []).Select(mount => mount!["mountPath"]!.ToString()).Should().OnlyHaveUniqueItems();
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void No_pod_has_two_containers_of_one_name(string file) =>
        CiCases.Render(file).Workloads.Should().OnlyContain(
            workload => workload.Containers.Select(container => container["name"]!.ToString()).Distinct().Count() == workload.Containers.Count());

    [Theory]
    [MemberData(nameof(Cases))]
    public void No_object_is_there_twice(string file) =>
        CiCases.Render(file).Select(manifest => manifest.ToString()).Should().OnlyHaveUniqueItems();

    [Theory]
    [MemberData(nameof(Cases))]
    public void Every_object_that_a_pod_names_is_rendered_or_named_by_the_user(string file)
    {
        var manifests = CiCases.Render(file);
        var there = manifests.Select(manifest => manifest.Name).ToHashSet();
        var text = File.ReadAllText(CiCases.Path(file));

        var lost = manifests.Workloads.SelectMany(References).Distinct()
            .Where(name => !there.Contains(name) && name is not ("default" or "kube-root-ca.crt") && !text.Contains(name, StringComparison.Ordinal));

        lost.Should().BeEmpty();
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Every_scaler_and_budget_is_for_a_workload_that_is_there(string file)
    {
        var manifests = CiCases.Render(file);
        var there = manifests.Select(manifest => manifest.ToString()).ToHashSet();
        var targets = manifests.Where(manifest => manifest.At("spec.scaleTargetRef") is not null)
            .Select(scaler => $"{scaler.At("spec.scaleTargetRef.kind") ?? "Deployment"}/{scaler.At("spec.scaleTargetRef.name")}").ToList();

        targets.Should().BeSubsetOf(there).And.OnlyHaveUniqueItems("two scalers of one workload fight");
        manifests.All("Deployment").Where(workload => targets.Contains(workload.ToString()) && workload.At("spec.replicas") is not null)
            .Should().BeEmpty("the scaler owns the number");
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Every_role_binding_binds_a_role_and_an_account_that_are_there(string file)
    {
        var manifests = CiCases.Render(file);
        var text = File.ReadAllText(CiCases.Path(file));

        var lost = manifests.All("RoleBinding").Where(binding =>
            !manifests.Has("Role", null, null, binding.Text("roleRef.name"))
            || !(manifests.Has("ServiceAccount", null, null, binding.Text("subjects[0].name")) || text.Contains(binding.Text("subjects[0].name"), StringComparison.Ordinal)));

        lost.Should().BeEmpty();
    }

    private static IEnumerable<JsonObject> Containers(string file) => CiCases.Render(file).Workloads.SelectMany(workload => workload.Containers);

    private static bool HasPort(JsonObject container, JsonNode wanted) => (container["ports"] as JsonArray ?? [])
        .Any(port => JsonNode.DeepEquals(port!["name"], wanted) || JsonNode.DeepEquals(port["containerPort"], wanted));

    private static bool Matches(Manifest service, Manifest pod) => service.At("spec.selector")!.AsObject()
        .All(pair => JsonNode.DeepEquals(pod.Pod!["metadata"]!["labels"]?[pair.Key], pair.Value));

    private static IEnumerable<string> Names(JsonNode? list) => (list as JsonArray ?? []).Select(item => item!["name"]!.ToString());

    private static IEnumerable<string> References(Manifest workload) => workload.PodSpec.Walk()
        .Where(item => item.Node is JsonValue && (item.Path.EndsWith("Ref.name", StringComparison.Ordinal) || item.Path.EndsWith("configMap.name", StringComparison.Ordinal)
            || item.Path.EndsWith("secret.name", StringComparison.Ordinal) || item.Path.EndsWith("secretName", StringComparison.Ordinal)
            || item.Path.EndsWith("serviceAccountName", StringComparison.Ordinal)))
        .Select(item => item.Node!.ToString());
}
