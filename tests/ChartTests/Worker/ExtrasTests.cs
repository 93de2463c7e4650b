using ChartTests.Rendering;
using FluentAssertions;
using Xunit;

namespace ChartTests.Worker;

public sealed class ExtrasTests
{
    private static readonly string[] ProgramComponents = ["worker", "beat", "migrate", "test"];

    [Theory]
    [InlineData("extraEnv: [{ name: A, value: \"{{ .Release.Name }}\" }]", "containers[0].env", "{ name: A, value: demo }")]
    [InlineData("extraEnvFrom: [{ secretRef: { name: \"{{ .Release.Name }}-env\" } }]", "containers[0].envFrom", "{ secretRef: { name: demo-env } }")]
    [InlineData("extraVolumes: [{ name: v, emptyDir: { medium: Memory } }]", "volumes", "{ name: v, emptyDir: { medium: Memory } }")]
    [InlineData("extraVolumeMounts: [{ name: tmp, mountPath: /cache }]", "containers[0].volumeMounts", "{ name: tmp, mountPath: /cache }")]
    public void What_all_pods_of_the_program_get_is_the_last_item_of_the_list_in_each(string values, string path, string expected)
    {
        foreach (var component in ProgramComponents)
        {
            var workload = Chart.Render(values).Workloads.Single(manifest => manifest.Component == component);

            workload.PodSpec.At(path)!.AsArray()[^1].ShouldBe(expected);
        }
    }

    [Theory]
    [InlineData("TASKRUNNER_QUEUES", "queues")]
    [InlineData("TASKRUNNER_QUEUE_ORDER", "queueOrder")]
    [InlineData("TASKRUNNER_CONCURRENCY", "concurrency")]
    [InlineData("TASKRUNNER_DRAIN_SECONDS", "drainSeconds")]
    [InlineData("DOTNET_SHUTDOWNTIMEOUTSECONDS", "drainSeconds")]
    public void A_variable_that_follows_from_a_value_is_refused_and_the_value_named(string variable, string value) =>
        Chart.Refusal($"workers: {{ default: {{ extraEnv: [{{ name: {variable}, value: '9' }}] }} }}")
            .Should().Contain($"- Pool \"default\": extraEnv sets {variable}, which the chart sets from worker.{value}: set that in its place.");

    [Fact]
    public void Any_other_variable_of_the_user_takes_the_place_of_the_chart_s()
    {
        var env = Chart.Render("config: { otlp: { endpoint: 'http://otel:4317' } }\nextraEnv: [{ name: OTEL_TRACES_SAMPLER, value: always_on }]")
            .Single("Deployment", component: "worker").Container["env"]!.AsArray();

        env.Single(item => (string?)item!["name"] == "OTEL_TRACES_SAMPLER")!["value"].ShouldBe("always_on");
    }

    [Fact]
    public void The_bundled_stores_get_none_of_it()
    {
        var manifests = Chart.Render("extraVolumes: [{ name: mine, emptyDir: { medium: Memory } }]");

        manifests.All("StatefulSet").Should().OnlyContain(set => !set.Content.ToJsonString(null).Contains("mine", StringComparison.Ordinal));
    }

    [Fact]
    public void Containers_of_the_user_run_before_and_beside_the_program()
    {
        var worker = Chart.Render("""
            initContainers: [{ name: before, image: "a:{{ .Chart.AppVersion }}" }]
            extraContainers: [{ name: beside, image: "b:1" }]
            """).Single("Deployment", component: "worker");

        worker.PodSpec.At("initContainers[0].image").ShouldBe($"a:{Repository.Versions.App}");
        worker.PodSpec.At("containers[0].name").ShouldBe("worker");
        worker.PodSpec.At("containers[1].name").ShouldBe("beside");
    }

    [Fact]
    public void A_container_that_never_ends_is_not_put_into_a_job_or_a_test()
    {
        var manifests = Chart.Render("extraContainers: [{ name: beside, image: \"b:1\" }]");

        manifests.Single("Job").PodSpec["containers"]!.AsArray().Should().ContainSingle();
        manifests.Single("Pod").PodSpec["containers"]!.AsArray().Should().ContainSingle();
        manifests.Single("Deployment", component: "beat").PodSpec["containers"]!.AsArray().Should().HaveCount(2);
    }

    [Fact]
    public void Labels_and_annotations_of_pods_are_templated_and_only_on_pods()
    {
        var worker = Chart.Render("""
            podLabels: { tier: "{{ .Release.Name }}" }
            podAnnotations: { note: "{{ .Release.Namespace }}" }
            """).Single("Deployment", component: "worker");

        worker.Pod.At("metadata.labels.tier").ShouldBe("demo");
        worker.Pod.At("metadata.annotations.note").ShouldBe("tasks");
        worker.At("metadata.labels.tier").Should().BeNull();
    }

    [Fact]
    public void What_an_annotation_s_template_gives_is_no_template_any_more()
    {
        var manifests = Chart.Render("podAnnotations: { vault: \"{{ `{{ with secret \\\"db\\\" }}` }}\" }");

        manifests.Single("Deployment", component: "worker").Pod.At("metadata.annotations.vault").ShouldBe("'{{ with secret \"db\" }}'");
        manifests.Single("Pod").At("metadata.annotations.vault").ShouldBe("'{{ with secret \"db\" }}'");
    }

    [Theory]
    [InlineData("worker")]
    [InlineData("beat")]
    public void Pods_say_where_their_metrics_are(string component)
    {
        var annotations = Chart.Render().Single("Deployment", component: component).PodAnnotations;

        annotations["prometheus.io/scrape"].ShouldBe("\"true\"");
        annotations["prometheus.io/port"].ShouldBe("\"8000\"");
        annotations["prometheus.io/path"].ShouldBe("/metrics");
    }

    [Fact]
    public void The_annotations_about_metrics_can_be_left_out() =>
        Chart.Render("metrics: { scrape: none }").Rendered.Should().NotContain("prometheus.io");

    [Fact]
    public void Extra_objects_are_maps_or_text_and_templated()
    {
        var manifests = Chart.Render("""
            extraObjects:
              - { apiVersion: v1, kind: ConfigMap, metadata: { name: "{{ .Release.Name }}-map" } }
              - |
                apiVersion: v1
                kind: ConfigMap
                metadata:
                  name: {{ .Release.Name }}-text
            """);

        manifests.Single("ConfigMap", name: "demo-map").ApiVersion.Should().Be("v1");
        manifests.Single("ConfigMap", name: "demo-text").ApiVersion.Should().Be("v1");
    }

    [Fact]
    public void The_size_of_the_writable_folder_is_limited() =>
        Chart.Render("tmpSizeLimit: 5Mi").Single("Deployment", component: "worker").PodSpec.At("volumes[0]")
            .ShouldBe("{ name: tmp, emptyDir: { sizeLimit: 5Mi } }");
}
