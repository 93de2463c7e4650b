using System.Text.Json;
using System.Text.Json.Nodes;
using ChartTests.Rendering;
using FluentAssertions;
using TaskRunner.Tests.Support;
using Xunit;

namespace ChartTests.Conventions;

/// <summary>Braces never reach a pod: a text is filled in or refuses them.</summary>
public sealed class TemplatedTextTests
{
    private const string Template = "{{ .Release.Name }}-mine";

    /// <summary>Secrets are taken as they are.</summary>
    private static readonly string[] AsTheyAre = ["password"];

    private static readonly string[] All =
    [
        .. FullCases.Leaves.Where(leaf => leaf.Full is not null && ValuesFile.Content.At(leaf.Path) is JsonValue value && value.GetValueKind() == JsonValueKind.String)
            .Select(leaf => leaf.Path).Where(path => !AsTheyAre.Contains(path.Split('.')[^1])),
    ];

    private static readonly string[] Paths = DailySample.Of(All, All.Length / 3, "chart");

    private static readonly Lazy<Dictionary<string, RenderRequest>> Requests = new(() => Paths.ToDictionary(path => path, With));

    public static TheoryData<string> Texts => [.. Paths];

    [Theory]
    [MemberData(nameof(Texts))]
    public void A_text_is_filled_in_wherever_it_is_used_or_refuses_braces(string path)
    {
        Chart.Prepare(Requests.Value.Values);

        var rendered = Outcome(Requests.Value[path]);

        rendered.Should().NotContain("{{ .Release.Name");
        if (rendered.Length > 0)
        {
            rendered.Should().Contain("demo-mine", $"{path} has to be somewhere");
        }
    }

    [Theory]
    [InlineData("podSecurityContext: { seLinuxOptions: { level: '{{ .Release.Name }}' } }")]
    [InlineData("podSecurityContext: { sysctls: [{ name: a, value: '{{ .Release.Name }}' }] }")]
    [InlineData("metrics: { scrape: podMonitor, monitor: { relabelings: [{ targetLabel: a, replacement: '{{ .Release.Name }}' }] } }")]
    [InlineData("worker: { livenessProbe: { exec: { command: ['{{ .Release.Name }}'] } }, extraArgs: ['--x={{ .Release.Name }}'] }")]
    [InlineData("worker: { autoscaling: { type: keda, keda: { trigger: prometheus, prometheusAddress: 'http://{{ .Release.Name }}', prometheusAuthentication: '{{ .Release.Name }}' } } }")]
    [InlineData("worker: { autoscaling: { type: hpa, hpa: { externalMetric: '{{ .Release.Name }}' } } }")]
    [InlineData("imagePullSecrets: ['{{ .Release.Name }}']\nglobal: { imagePullSecrets: [{ name: '{{ .Release.Name }}-2' }] }")]
    public void Texts_within_lists_and_maps_are_filled_in_too(string values) => Chart.Render(values).Rendered.Should().NotContain("{{ .Release").And.Contain("demo");

    [Fact]
    public void Names_after_the_release_reach_pods_scalers_and_policies()
    {
        var manifests = Chart.Render("""
            global: { tag: "1.2.3", imageRegistry: "{{ .Release.Name }}.example" }
            image: { tag: "{{ .Values.global.tag }}" }
            serviceAccount: { create: false, name: "{{ .Release.Name }}-sa" }
            imagePullSecrets: ["{{ .Release.Name }}-pull"]
            redis: { enabled: false, password: "" }
            broker:
              host: "{{ .Release.Name }}-redis"
              username: "{{ .Release.Name }}"
              existingSecret: { name: "{{ .Release.Name }}-redis" }
              tls: { enabled: true, caSecret: { name: "{{ .Release.Name }}-ca" } }
            postgresql: { enabled: false, password: "" }
            database: { url: 'postgresql://{{ .Release.Name }}@{{ .Release.Name }}-pg:5499/tasks', existingSecret: { name: "{{ .Release.Name }}-pg" } }
            networkPolicy: { enabled: true }
            queues: [a]
            worker: { autoscaling: { type: keda } }
            """);
        var worker = manifests.Single("Deployment", component: "worker");
        var config = manifests.Single("ConfigMap", name: "-config");

        worker.Container["image"].ShouldBe("demo.example/taskrunner/taskrunner:1.2.3");
        worker.PodSpec["serviceAccountName"].ShouldBe("demo-sa");
        worker.PodSpec["imagePullSecrets"].ShouldBe("[{ name: demo-pull }]");
        worker.PodSpec["volumes"]!.ToJsonString().Should().Contain("demo-redis").And.Contain("demo-pg").And.Contain("demo-ca");
        config.Text("data.TASKRUNNER_BROKER_URL").Should().Be("rediss://demo-redis:6379/0");
        config.Text("data.TASKRUNNER_DATABASE_URL").Should().Be("postgresql://demo@demo-pg:5499/tasks");
        manifests.Single("ScaledObject").At("spec.triggers[0].metadata.address").ShouldBe("demo-redis:6379");
        manifests.Single("ScaledObject").At("spec.triggers[0].metadata.username").ShouldBe("demo");
        manifests.Single("TriggerAuthentication").At("spec.secretTargetRef[0].name").ShouldBe("demo-redis");
        manifests.Single("NetworkPolicy", component: "beat").Content.ToJsonString().Should().Contain("5499");
    }

    [Theory]
    [InlineData("broker: { host: \"{{ .Release.Name }}:6379\" }", "broker.host is \"demo:6379\" once its templates are filled in")]
    [InlineData("broker: { url: \"http://{{ .Release.Name }}\" }", "broker.url does not start with redis:// or rediss:// once its templates are filled in.")]
    public void What_a_template_gives_is_checked_as_what_is_written(string broker, string sentence) =>
        Chart.Refusal($"redis: {{ enabled: false }}\n{broker}").Should().Contain($"- {sentence}");

    [Fact]
    public void A_password_with_braces_stays_what_it_is() => Config.Secrets.Decode(Chart.Render("redis: { password: 'a{{b' }"), "-credentials")["broker-password"].Should().Be("a{{b");

    private static RenderRequest With(string path)
    {
        var leaf = FullCases.Leaves.Single(leaf => leaf.Path == path);
        var values = Yaml.Parse(leaf.Full!.Values)!.AsObject();
        var steps = path.Split('.');
        values.At(string.Join('.', steps[..^1]))!.AsObject()[steps[^1]] = Template;
        return leaf.Full with { Values = values.ToJsonString() };
    }

    /// <summary>What is rendered, without the texts of alerts, which Prometheus fills in; nothing when it is refused.</summary>
    private static string Outcome(RenderRequest request)
    {
        try
        {
            return Chart.Render(request).Rendered;
        }
        catch (HelmException)
        {
            return string.Empty;
        }
    }
}
