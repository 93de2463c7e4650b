using ChartTests.Rendering;
using FluentAssertions;
using Xunit;

namespace ChartTests.Conventions;

/// <summary>Labels and annotations of the objects of one component, or of one pool.</summary>
public sealed class ComponentMetadataTests
{
    private const string Everything = """
        metrics: { scrape: serviceMonitor }
        networkPolicy: { enabled: true }
        beat: { replicas: 2 }
        worker: { podDeletionCost: true, autoscaling: { type: keda } }

        """;

    public static TheoryData<string> Components => ["worker", "beat", "migrate", "test", "redis", "postgresql"];

    [Theory]
    [MemberData(nameof(Components))]
    public void They_are_on_every_object_of_the_component_and_on_no_other(string component)
    {
        var values = Yaml.Parse(Everything)!.AsObject();
        var settings = (values[component] ??= new System.Text.Json.Nodes.JsonObject()).AsObject();
        settings["labels"] = Yaml.Parse("team: \"{{ .Release.Name }}\"");
        settings["annotations"] = Yaml.Parse("note: \"{{ .Release.Name }}\"");

        var manifests = Chart.Render(values.ToJsonString());

        manifests.Where(manifest => manifest.Component == component).Should().HaveCountGreaterThan(1)
            .And.OnlyContain(manifest => (string?)manifest.Content.At("metadata.labels.team") == "demo" && (string?)manifest.Content.At("metadata.annotations.note") == "demo");
        manifests.Where(manifest => manifest.Component != component).Should()
            .OnlyContain(manifest => manifest.At("metadata.labels.team") == null && manifest.At("metadata.annotations.note") == null);
        manifests.Where(manifest => manifest.Kind is "Deployment" or "StatefulSet" or "Job").Should().OnlyContain(manifest => manifest.Pod.At("metadata.labels.team") == null);
    }

    [Fact]
    public void Those_of_a_pool_are_on_its_objects_and_replace_those_of_all_workers()
    {
        var manifests = Chart.Render("""
            worker: { labels: { team: shop }, annotations: { note: all } }
            workers: { default: {}, gpu: { queues: [reports], labels: { team: ml }, annotations: { note: null } } }
            """);

        manifests.Single("Deployment", pool: "default").At("metadata.labels.team").ShouldBe("shop");
        manifests.Single("Deployment", pool: "gpu").At("metadata.labels.team").ShouldBe("ml");
        manifests.Single("Deployment", pool: "gpu").At("metadata.annotations").Should().BeNull();
        manifests.Single("PodDisruptionBudget", pool: "gpu").At("metadata.labels.team").ShouldBe("ml");
    }

    [Fact]
    public void They_win_over_common_ones_and_change_nothing_that_selectors_need()
    {
        var worker = Chart.Render("""
            commonLabels: { team: all }
            commonAnnotations: { note: all }
            worker: { labels: { team: shop, app.kubernetes.io/name: other }, annotations: { note: shop } }
            """).Single("Deployment", component: "worker");

        worker.At("metadata.labels.team").ShouldBe("shop");
        worker.At("metadata.annotations.note").ShouldBe("shop");
        worker.At("metadata.labels")!["app.kubernetes.io/name"].ShouldBe("taskrunner");
    }

    [Fact]
    public void An_annotation_of_the_test_leaves_it_a_hook() =>
        Chart.Render("test: { annotations: { 'helm.sh/hook': none } }").Single("Pod").At("metadata.annotations")!["helm.sh/hook"].ShouldBe("test");

    [Fact]
    public void A_new_annotation_makes_no_new_job() =>
        Chart.Render("migrate: { annotations: { note: a } }").Single("Job").Name.Should().Be(Chart.Render().Single("Job").Name);
}
