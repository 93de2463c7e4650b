using ChartTests.Rendering;
using FluentAssertions;
using Xunit;

namespace ChartTests.Worker;

public sealed class PlacementTests
{
    private const string OwnPods = """
        app.kubernetes.io/name: taskrunner
        app.kubernetes.io/instance: demo
        app.kubernetes.io/component: worker
        taskrunner.dev/pool: default
        """;

    [Fact]
    public void Pods_of_a_pool_avoid_each_other_where_that_is_possible()
    {
        var affinity = Worker().PodSpec["affinity"];

        affinity.At("podAntiAffinity.preferredDuringSchedulingIgnoredDuringExecution[0].weight").ShouldBe("100");
        affinity.At("podAntiAffinity.preferredDuringSchedulingIgnoredDuringExecution[0].podAffinityTerm.topologyKey").ShouldBe("kubernetes.io/hostname");
        affinity.At("podAntiAffinity.preferredDuringSchedulingIgnoredDuringExecution[0].podAffinityTerm.labelSelector.matchLabels").ShouldBe(OwnPods);
    }

    [Fact]
    public void Pods_of_a_pool_never_share_a_node_when_told_so()
    {
        var affinity = Worker("worker: { antiAffinity: hard }").PodSpec["affinity"];

        affinity.At("podAntiAffinity.preferredDuringSchedulingIgnoredDuringExecution").Should().BeNull();
        affinity.At("podAntiAffinity.requiredDuringSchedulingIgnoredDuringExecution[0].topologyKey").ShouldBe("kubernetes.io/hostname");
        affinity.At("podAntiAffinity.requiredDuringSchedulingIgnoredDuringExecution[0].labelSelector.matchLabels").ShouldBe(OwnPods);
    }

    [Fact]
    public void What_runs_once_avoids_nothing() =>
        Chart.Render().Workloads.Where(workload => workload.Component is not ("worker" or "beat")).Should().HaveCount(4)
            .And.OnlyContain(workload => workload.PodSpec["affinity"] == null);

    [Fact]
    public void Spreading_can_be_switched_off() => Worker("worker: { antiAffinity: none }").PodSpec["affinity"].Should().BeNull();

    [Fact]
    public void A_rule_of_the_user_takes_the_place_of_the_preset() =>
        Worker("affinity: { podAntiAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [] } }")
            .PodSpec["affinity"].ShouldBe("podAntiAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [] }");

    [Fact]
    public void An_affinity_to_nodes_is_kept_beside_the_preset()
    {
        var affinity = Worker("affinity: { nodeAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [] } }").PodSpec["affinity"]!;

        affinity.AsObject().Select(pair => pair.Key).Should().BeEquivalentTo("nodeAffinity", "podAntiAffinity");
    }

    [Fact]
    public void A_spread_constraint_without_selector_gets_the_one_of_its_pods()
    {
        var spec = Worker("""
            topologySpreadConstraints:
              - { maxSkew: 1, topologyKey: zone, whenUnsatisfiable: ScheduleAnyway }
              - { maxSkew: 2, topologyKey: host, whenUnsatisfiable: DoNotSchedule, labelSelector: { matchLabels: { a: b } } }
            """).PodSpec;

        spec.At("topologySpreadConstraints[0].labelSelector.matchLabels").ShouldBe(OwnPods);
        spec.At("topologySpreadConstraints[1].labelSelector.matchLabels").ShouldBe("a: b");
    }

    [Theory]
    [InlineData("nodeSelector: { disk: \"{{ .Release.Name }}\" }", "nodeSelector", "disk: demo")]
    [InlineData("{ lostNodeSeconds: null, tolerations: [{ key: a, operator: Exists, effect: NoExecute, tolerationSeconds: 0 }] }", "tolerations", "[{ key: a, operator: Exists, effect: NoExecute, tolerationSeconds: 0 }]")]
    [InlineData("runtimeClassName: gvisor", "runtimeClassName", "gvisor")]
    [InlineData("schedulerName: own", "schedulerName", "own")]
    [InlineData("{ dnsPolicy: None, dnsConfig: { nameservers: [10.0.0.1] } }", "dnsPolicy", "None")]
    [InlineData("dnsConfig: { nameservers: [10.0.0.1], options: [{ name: ndots, value: '2' }] }", "dnsConfig", "{ nameservers: [10.0.0.1], options: [{ name: ndots, value: '2' }] }")]
    [InlineData("hostAliases: [{ ip: 10.0.0.2, hostnames: [\"{{ .Release.Name }}.example\"] }]", "hostAliases", "[{ ip: 10.0.0.2, hostnames: [demo.example] }]")]
    [InlineData("priorityClassName: \"{{ .Release.Name }}-high\"", "priorityClassName", "demo-high")]
    public void Placement_that_all_pods_share_reaches_every_pod(string values, string key, string expected)
    {
        foreach (var workload in Chart.Render(values).Workloads)
        {
            workload.PodSpec[key].ShouldBe(expected);
        }
    }

    [Fact]
    public void Placement_of_a_component_is_laid_over_what_all_pods_share()
    {
        var manifests = Chart.Render("""
            nodeSelector: { a: "1", b: "2" }
            tolerations: [{ key: shared }]
            lostNodeSeconds: null
            worker: { nodeSelector: { b: "3" }, tolerations: [] }
            """);

        manifests.Single("Deployment", component: "worker").PodSpec["nodeSelector"].ShouldBe("{ a: '1', b: '3' }");
        manifests.Single("Deployment", component: "worker").PodSpec["tolerations"].Should().BeNull();
        manifests.Single("Deployment", component: "beat").PodSpec["tolerations"].ShouldBe("[{ key: shared }]");
    }

    private static Manifest Worker(string values = "") => Chart.Render(values).Single("Deployment", component: "worker");
}
