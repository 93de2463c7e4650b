using System.Text.Json.Nodes;
using ChartTests.Rendering;
using FluentAssertions;
using Xunit;

namespace ChartTests.Conventions;

/// <summary>The chart beneath another one, which helm reads as its users' helm does.</summary>
public sealed class SubchartTests
{
    private static readonly string Example = File.ReadAllText(Path.Combine(Repository.Root, "examples", "values", "subchart.yaml"));

    [Fact]
    public void Values_of_a_parent_reach_it()
    {
        using var parent = new ParentChart();
        var manifests = parent.Render(Example);
        var worker = manifests.Single("Deployment", component: "worker");

        worker.Name.Should().Be("shop-tasks-worker-default");
        worker.At("spec.replicas").ShouldBe("2");
        manifests.Select(manifest => manifest.Text("metadata.namespace")).Should().OnlyContain(name => name == "tasks");
        manifests.Should().OnlyContain(manifest => (string?)manifest.At("metadata.labels")!["example.com/part"] == "shop");
        manifests.Workloads.SelectMany(workload => workload.Containers).Select(container => container["image"]!.ToString())
            .Should().OnlyContain(image => image.StartsWith("registry.example.com/", StringComparison.Ordinal), "the registry is a global value");
        worker.Container["image"].ShouldBe($"registry.example.com/taskrunner/taskrunner:{Repository.Versions.App}");
        manifests.Single("ConfigMap", name: "-config").Text("data.TASKRUNNER_QUEUES").Should().Be("default,emails");
    }

    [Fact]
    public void Names_of_stores_of_the_parent_follow_from_the_release()
    {
        using var parent = new ParentChart("billing", "mailing");
        var manifests = parent.Render(File.ReadAllText(Path.Combine(Repository.Root, "examples", "values", "umbrella.yaml")));

        manifests.All("ConfigMap").Where(map => map.Name.EndsWith("-config", StringComparison.Ordinal)).Select(map => map.Text("data.TASKRUNNER_BROKER_URL")).Should()
            .Equal("redis://shop-redis-master:6379/0", "redis://shop-redis-master:6379/0");
        manifests.Workloads.Where(workload => workload.Kind != "StatefulSet").Should().OnlyContain(workload => workload.PodSpec.ToJsonString(null).Contains("\"name\":\"shop-redis\"", StringComparison.Ordinal));
        manifests.All("StatefulSet").Should().OnlyContain(set => (string?)set.At("spec.volumeClaimTemplates[0].spec.storageClassName") == "standard");
        manifests.Select(manifest => manifest.ToString()).Should().OnlyHaveUniqueItems();
    }

    [Fact]
    public void A_parent_can_switch_it_off()
    {
        using var parent = new ParentChart();

        parent.Render(Example.Replace("enabled: true", "enabled: false", StringComparison.Ordinal)).Should().BeEmpty();
    }

    [Fact]
    public void Two_whose_names_start_alike_have_no_object_in_common_however_long_the_release()
    {
        using var parent = new ParentChart("taskrunner-a", "taskrunner-b");

        parent.Render("{}", new string('r', 53)).Select(manifest => manifest.ToString()).Should().OnlyHaveUniqueItems();
    }

    [Fact]
    public void Two_of_them_side_by_side_have_nothing_in_common()
    {
        using var parent = new ParentChart("mail", "billing");
        var manifests = parent.Render("global: { shared: { deep: true } }\nmail: { queues: [default] }\nbilling: { queues: [default, invoices] }");
        var selectors = manifests.Select(manifest => manifest.At("spec.selector.matchLabels") ?? (manifest.Kind == "Service" ? manifest.At("spec.selector") : null))
            .OfType<JsonObject>().ToList();

        manifests.Select(manifest => manifest.ToString()).Should().OnlyHaveUniqueItems();
        manifests.Workloads.Should().HaveCount(12, "each has a worker, beat, migration, test and two stores");
        selectors.Should().HaveCountGreaterThan(8).And.OnlyContain(selector => manifests.Workloads.Count(pod => Matches(selector, pod)) == 1);
        manifests.Workloads.SelectMany(References).Should().NotBeEmpty().And.BeSubsetOf(manifests.Select(manifest => manifest.Name));
    }

    private static bool Matches(JsonObject selector, Manifest workload) =>
        selector.All(pair => JsonNode.DeepEquals(workload.Pod!["metadata"]!["labels"]![pair.Key], pair.Value));

    private static IEnumerable<string> References(Manifest workload) => workload.Containers
        .SelectMany(container => container["envFrom"] as JsonArray ?? [])
        .Select(source => source!["configMapRef"]!["name"]!.ToString());
}
