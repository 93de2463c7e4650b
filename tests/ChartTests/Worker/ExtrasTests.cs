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

    [Theory]
    [InlineData("extraEnv: [{ name: TASKRUNNER_HTTP_PORT, value: '9000' }]", "Pool \"default\"", "beat", "migrate", "test")]
    [InlineData("beat: { extraEnv: [{ name: TASKRUNNER_NAMESPACE, value: a }] }", "beat")]
    [InlineData("beat: { extraEnv: [{ name: TASKRUNNER_COUNT_QUEUES, value: 'false' }] }", "beat")]
    [InlineData("worker: { extraEnv: [{ name: TASKRUNNER_BROKER_URL, value: a }] }", "Pool \"default\"")]
    [InlineData("test: { extraEnv: [{ name: TASKRUNNER_DATABASE_URL_FILE, value: a }] }", "test")]
    [InlineData("migrate: { extraEnv: [{ name: TASKRUNNER_BROKER_USERNAME, value: a }] }", "migrate")]
    [InlineData("migrate: { extraEnv: [{ name: TASKRUNNER_DATABASE_SCHEMA, value: a }] }", "migrate")]
    public void A_variable_that_contradicts_the_rest_of_the_chart_is_refused_in_each_pod_that_gets_it(string values, params string[] pods)
    {
        var refusal = Chart.Refusal(values);

        refusal.Split("\n- ").Should().HaveCount(pods.Length + 1);
        pods.Should().OnlyContain(pod => refusal.Contains($"- {pod}: extraEnv sets TASKRUNNER_", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("migrate: { extraEnv: [{ name: TASKRUNNER_DATABASE_URL, value: 'postgresql://owner@p/tasks' }] }")]
    [InlineData("extraEnv: [{ name: TASKRUNNER_DATABASE_SCHEMA, value: a }]")]
    [InlineData("extraEnv: [{ name: TASKRUNNER_DATABASE_CA_FILE, value: /a }, { name: TASKRUNNER_BROKER_PASSWORD_FILE, value: /b }]")]
    [InlineData("beat: { extraEnv: [{ name: TASKRUNNER_LOG_LEVEL, value: debug }] }")]
    public void What_a_pod_may_have_for_itself_is_taken(string values) => Chart.Render(values).Rendered.Should().Contain("name: TASKRUNNER_");

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

    [Fact]
    public void Raw_objects_are_taken_as_they_are()
    {
        var manifests = Chart.Render("""
            rawObjects:
              - { apiVersion: v1, kind: ConfigMap, metadata: { name: map }, data: { url: "postgresql://{{ .username }}:{{ .password }}@h" } }
              - |
                apiVersion: v1
                kind: ConfigMap
                metadata: { name: text }
                data: { url: "{{ .username }}" }
            """);

        manifests.Single("ConfigMap", name: "map").At("data.url").ShouldBe("'postgresql://{{ .username }}:{{ .password }}@h'");
        manifests.Single("ConfigMap", name: "text").At("data.url").ShouldBe("'{{ .username }}'");
    }

    [Theory]
    [InlineData("extraObjects: [{ kind: A, spec: { url: 'postgresql://{{ .username }}@h' } }]", "extraObjects[0] has {{ .username }}, which Helm fills in with nothing: put the object into rawObjects, or write {{ `{{ .username }}` }}.")]
    [InlineData("extraObjects: ['a: {{- .Release.Name }}', 'a: {{ .host | quote }}']", "extraObjects[1] has {{ .host }}, which Helm")]
    [InlineData("worker: { podAnnotations: { a: '{{ .name }}' } }", "worker has {{ .name }}, which Helm fills in with nothing: write {{ `{{ .name }}` }}.")]
    [InlineData("broker: { username: '{{ .name }}' }", "broker has {{ .name }}, which Helm")]
    [InlineData("podAnnotations: { a: '{{ .Data.password }}' }", "podAnnotations has {{ .Data.password }}, which Helm")]
    [InlineData("podAnnotations: { a: '{{ .Release.Name }}{{ $.user -}}' }", "podAnnotations has {{ .user }}, which Helm")]
    [InlineData("image: { tag: '{{ .Values.global.tga }}' }\nglobal: { tag: '1' }", "image has {{ .Values.global.tga }}, and there is no such value: correct it, or add a default")]
    [InlineData("extraEnv: [{ name: A, value: '{{ .Values.nothing.at.all }}' }]", "extraEnv has {{ .Values.nothing.at.all }}, and there is no such value")]
    public void A_placeholder_of_another_program_is_refused_where_helm_would_empty_it(string values, string sentence) =>
        Chart.Refusal(values).Should().Contain($"- {sentence}");

    [Theory]
    [InlineData("podAnnotations: { a: '{{ range list $ }}{{ .name }}{{ end }}' }")]
    [InlineData("podAnnotations: { a: '{{ `{{ .name }}` }}' }")]
    [InlineData("podAnnotations: { a: '{{ \"{{ .name }}\" }}, {{ \"{{\" }} .name }}' }")]
    [InlineData("extraObjects: [\"{ apiVersion: v1, kind: ConfigMap, metadata: { name: a }, data: { a: '{{- `{{ .name }}` }}' } }\"]")]
    [InlineData("podAnnotations: { a: '{{ .Release.Name }}' }")]
    [InlineData("podAnnotations: { a: '{{ .Values.global.tag }}', b: '{{ .Values.image.digest }}', c: '{{ .Values.global.other | default `x` }}' }\nglobal: { tag: '1' }")]
    [InlineData("beat: { schedules: { a: { every: 1h, task: t, arguments: { text: '{{ .name }}' } } } }")]
    public void Other_templates_are_not(string values) => Chart.Render(values).Has("Deployment").Should().BeTrue();

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
