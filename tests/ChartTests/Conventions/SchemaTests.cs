using System.Text.Json.Nodes;
using ChartTests.Rendering;
using FluentAssertions;
using Xunit;

namespace ChartTests.Conventions;

public sealed class SchemaTests
{
    /// <summary>Objects of Kubernetes that users bring whole, what a parent chart shares, and what is a condition only.</summary>
    private static readonly string[] Open = [".definitions.volume", ".definitions.container", ".properties.global", ".definitions.catchUpAll"];

    private static readonly JsonObject Schema = JsonNode.Parse(Repository.ReadChartFile("values.schema.json"))!.AsObject();

    public static TheoryData<string> Components => ["worker", "workers.default", "beat", "migrate", "test", "redis", "postgresql"];

    [Fact]
    public void A_misspelt_key_is_refused_at_every_level_of_the_values()
    {
        var values = Misspelt(ValuesFile.Content);
        var levels = ValuesFile.Content.Walk()
            .Where(item => item.Node is JsonObject)
            .Select(item => item.Path.TrimStart('.'))
            .Where(path => path != "global" && !FreeForm(path))
            .ToList();

        var refusal = Chart.Refusal(values.ToJsonString());

        levels.Should().HaveCountGreaterThan(40);
        foreach (var level in levels)
        {
            refusal.Should().Contain($"- {(level.Length == 0 ? "(root)" : level.Replace("[", ".", StringComparison.Ordinal).Replace("]", "", StringComparison.Ordinal))}: Additional property misspelt is not allowed");
        }
    }

    [Fact]
    public void A_value_of_the_wrong_type_is_refused_for_every_key()
    {
        var leaves = ValuesFile.Keys.Where(key => key.IsLeaf).ToList();
        var values = new JsonObject();
        foreach (var key in leaves)
        {
            Set(values, key.Path, key.Default is JsonValue or null ? new JsonArray(new JsonObject()) : JsonValue.Create(true));
        }

        var refusal = Chart.Refusal(values.ToJsonString());

        leaves.Should().HaveCountGreaterThan(150);
        foreach (var key in leaves)
        {
            refusal.Should().Contain($"- {key.Path}: ");
        }
    }

    [Theory]
    [InlineData("worker: { replicas: -1 }")]
    [InlineData("worker: { replicas: '3' }")]
    [InlineData("worker: { replicas: 1.5 }")]
    [InlineData("worker: { replicas: null }")]
    [InlineData("worker: { concurrency: 0 }")]
    [InlineData("worker: { concurrency: 1001 }")]
    [InlineData("worker: { antiAffinity: sometimes }")]
    [InlineData("worker: { resources: { limits: { memory: 1GB } } }")]
    [InlineData("worker: { podDisruptionBudget: { maxUnavailable: half } }")]
    [InlineData("workers: { Upper: {} }")]
    [InlineData("workers: { a-name-of-a-pool-that-is-too-long: {} }")]
    [InlineData("workers: { slow: { replica: 1 } }")]
    [InlineData("workers: { slow: { resources: { limits: { memori: 1Gi } } } }")]
    [InlineData("broker: { host: 'redis:6379' }")]
    [InlineData("broker: { host: 'redis://redis' }")]
    [InlineData("database: { host: 'db.example:5432' }")]
    [InlineData("config: { otlp: { resourceAttributes: { 'a=b': c } } }")]
    [InlineData("metrics: { rules: { alerts: { saturation: { threshold: 80 } } } }")]
    [InlineData("metrics: { rules: { alerts: { retryStorm: { threshold: 1.01 } } } }")]
    [InlineData("queues: [a, a]")]
    [InlineData("queues: []")]
    [InlineData("queues: ['a,b']")]
    [InlineData("queues: ['{a}']")]
    [InlineData("image: { digest: sha256:short }")]
    [InlineData("image: { pullPolicy: sometimes }")]
    [InlineData("config: { logLevel: verbose }")]
    [InlineData("broker: { url: 'http://r.example' }")]
    [InlineData("broker: { port: 0 }")]
    [InlineData("broker: { port: 65536 }")]
    [InlineData("database: { url: 'mysql://p.example' }")]
    [InlineData("database: { sslmode: maybe }")]
    [InlineData("beat: { schedules: { a: { every: 30 s, task: t } } }")]
    [InlineData("beat: { schedules: { a: { every: 30s } } }")]
    [InlineData("beat: { schedules: { a: { every: 30s, task: t, priority: 10 } } }")]
    [InlineData("beat: { schedules: { a: { every: 30s, task: t, catchUp: sometimes } } }")]
    [InlineData("beat: { schedules: { a: { every: 30s, task: t, arguments: [] } } }")]
    [InlineData("commonLabels: { replicated: true }")]
    [InlineData("extraEnv: [{ value: a }]")]
    [InlineData("extraEnv: [{ name: a, values: a }]")]
    [InlineData("tolerations: [{ key: a, effect: Never }]")]
    [InlineData("redis: { persistence: { accessModes: [] } }")]
    [InlineData("redis: { maxmemory: lots }")]
    [InlineData("fullnameOverride: Upper")]
    [InlineData("commonLabels: { a: 'b c' }")]
    [InlineData("commonAnnotations: { 'a b': c }")]
    [InlineData("redis: { persistence: { labels: { a: 'b c' } } }")]
    [InlineData("metrics: { dashboard: { labels: { a: 'b c' } } }")]
    [InlineData("metrics: { rules: { alertLabels: { a.b: c } } }")]
    [InlineData("metrics: { monitor: { interval: 30s1h } }")]
    [InlineData("metrics: { monitor: { relabelings: [{ action: other }] } }")]
    [InlineData("serviceAccount: { name: A_b }")]
    [InlineData("broker: { existingSecret: { name: a, usernameKey: 'a b' } }")]
    [InlineData("image: { tag: 'a b' }")]
    [InlineData("networkPolicy: { metricsFrom: [{}] }")]
    [InlineData("networkPolicy: { metricsFrom: [{ podSelector: {}, ipBlock: { cidr: 10.0.0.0/8 } }] }")]
    [InlineData("networkPolicy: { egress: [{ to: [{ ipBlock: { cidr: 10.0.0.0/33 } }] }] }")]
    [InlineData("networkPolicy: { egress: [{ ports: [{ port: 65536 }] }] }")]
    [InlineData("networkPolicy: { extraIngress: [{ ports: [{ port: '8000' }] }] }")]
    [InlineData("worker: { autoscaling: { behavior: { scaleUp: { policies: [] } } } }")]
    [InlineData("worker: { autoscaling: { hpa: { externalMetric: a/b } } }")]
    [InlineData("worker: { autoscaling: { keda: { triggers: [{ type: '', metadata: {} }] } } }")]
    public void A_value_that_cannot_be_meant_is_refused(string values) =>
        Chart.Refusal(values).Should().Contain("don't meet the specifications of the schema");

    [Theory]
    [MemberData(nameof(Components))]
    public void Every_component_takes_the_keys_that_all_pods_share(string component)
    {
        var values = new JsonObject();
        Set(values, component, Yaml.Parse("""
            podLabels: { a: b }
            podAnnotations: { a: b }
            podSecurityContext: { supplementalGroups: [5] }
            securityContext: { runAsUser: 5 }
            nodeSelector: { a: b }
            tolerations: [{ key: a }]
            affinity: { nodeAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [] } }
            topologySpreadConstraints: [{ maxSkew: 1, topologyKey: zone, whenUnsatisfiable: DoNotSchedule }]
            priorityClassName: high
            tmpSizeLimit: 3Mi
            runtimeClassName: gvisor
            schedulerName: own
            hostAliases: [{ ip: 10.0.0.1, hostnames: [a.example] }]
            dnsPolicy: None
            dnsConfig: { nameservers: [10.0.0.2] }
            """));
        var name = component.Split('.')[0].Replace("workers", "worker", StringComparison.Ordinal);

        var workload = Chart.Render(values.ToJsonString()).Workloads.Single(manifest => manifest.Component == name);

        workload.Pod.At("metadata.labels.a").ShouldBe("b");
        workload.Pod.At("metadata.annotations.a").ShouldBe("b");
        workload.PodSpec.At("securityContext.supplementalGroups").ShouldBe("[5]");
        workload.Container.At("securityContext.runAsUser").ShouldBe("5");
        workload.PodSpec["nodeSelector"].ShouldBe("a: b");
        workload.PodSpec["tolerations"]!.AsArray()[0].ShouldBe("{ key: a }");
        workload.PodSpec.At("affinity.nodeAffinity").Should().NotBeNull();
        workload.PodSpec.At("topologySpreadConstraints[0].topologyKey").ShouldBe("zone");
        workload.PodSpec["priorityClassName"].ShouldBe("high");
        workload.PodSpec["runtimeClassName"].ShouldBe("gvisor");
        workload.PodSpec["schedulerName"].ShouldBe("own");
        workload.PodSpec.At("hostAliases[0].ip").ShouldBe("10.0.0.1");
        workload.PodSpec["dnsPolicy"].ShouldBe("None");
        workload.PodSpec["dnsConfig"].ShouldBe("nameservers: [10.0.0.2]");
        workload.PodSpec.ToJsonString().Should().Contain("\"sizeLimit\":\"3Mi\"");
    }

    [Theory]
    [InlineData("worker", true)]
    [InlineData("workers.default", true)]
    [InlineData("beat", true)]
    [InlineData("migrate", true)]
    [InlineData("test", false)]
    [InlineData("redis", false)]
    [InlineData("postgresql", false)]
    public void The_seconds_for_a_lost_node_matter_for_a_component_or_are_refused_there(string component, bool matter)
    {
        var values = new JsonObject();
        Set(values, $"{component}.lostNodeSeconds", JsonValue.Create(77));

        if (matter)
        {
            Chart.Render(values.ToJsonString()).Workloads.Count(workload => workload.PodSpec.ToJsonString().Contains("\"tolerationSeconds\":77", StringComparison.Ordinal)).Should().Be(1);
        }
        else
        {
            Chart.Refusal(values.ToJsonString()).Should().Contain("Additional property lostNodeSeconds is not allowed");
        }
    }

    [Theory]
    [InlineData("x-labels: { a: b }")]
    [InlineData(".anchors: [1, { a: null }]")]
    [InlineData("x-: 1")]
    public void Anchors_may_stand_at_the_root_and_change_nothing(string values) => Chart.Render(values).Rendered.Should().Be(Chart.Render().Rendered);

    [Theory]
    [InlineData("xlabels: { a: b }")]
    [InlineData("worker: { x-labels: { a: b } }")]
    public void Anywhere_else_an_unknown_key_is_still_refused(string values) => Chart.Refusal(values).Should().Contain("labels is not allowed");

    [Fact]
    public void Every_key_of_the_schema_is_in_the_values_file_so_that_it_is_explained() =>
        Schema["properties"]!.AsObject().Select(pair => pair.Key).Should().BeEquivalentTo(
            [.. ValuesFile.Content.Select(pair => pair.Key), "enabled"]);

    [Fact]
    public void The_schema_needs_no_network() =>
        Schema.Walk().Where(item => item.Path.EndsWith("$ref", StringComparison.Ordinal)).Select(item => item.Node!.ToString())
            .Should().NotBeEmpty().And.OnlyContain(reference => reference.StartsWith("#/definitions/", StringComparison.Ordinal));

    [Fact]
    public void Every_object_of_the_schema_is_closed()
    {
        var open = Schema.Walk()
            .Where(item => item.Node is JsonObject map && map["properties"] is JsonObject && !item.Path.EndsWith(".properties", StringComparison.Ordinal))
            .Where(item => !item.Path.Split('.').Any(step => step is "if" or "then" or "else" or "dependencies"))
            .Where(item => item.Node!["additionalProperties"]?.ToJsonString() != "false")
            .Select(item => item.Path);

        open.Should().BeEquivalentTo(Open);
    }

    private static bool FreeForm(string path) => path
        is "commonLabels" or "commonAnnotations" or "serviceAccount.annotations" or "podLabels" or "podAnnotations" or "nodeSelector"
        or "networkPolicy.metricsFrom[0].namespaceSelector" or "workers" or "beat.schedules" or "worker.queueWeights" or "worker.autoscaling.hpa.externalSelector" or "config.otlp.resourceAttributes"
        or "worker.labels" or "worker.annotations" or "beat.labels" or "beat.annotations" or "migrate.labels" or "migrate.annotations" or "test.labels" or "test.annotations"
        or "redis.labels" or "redis.annotations" or "redis.persistence.labels" or "redis.persistence.annotations"
        or "postgresql.labels" or "postgresql.annotations" or "postgresql.persistence.labels" or "postgresql.persistence.annotations"
        or "worker.autoscaling.keda.annotations"
        or "metrics.monitor.labels" or "metrics.rules.labels" or "metrics.rules.alertLabels" or "metrics.dashboard.labels" or "metrics.dashboard.annotations";

    private static JsonObject Misspelt(JsonObject values)
    {
        var copy = values.DeepClone().AsObject();
        foreach (var (path, node) in copy.Walk().ToList())
        {
            if (node is JsonObject map && !FreeForm(path.TrimStart('.')))
            {
                map["misspelt"] = 1;
            }
        }

        return copy;
    }

    private static void Set(JsonObject values, string path, JsonNode? value)
    {
        var steps = path.Split('.');
        foreach (var step in steps[..^1])
        {
            values = (values[step] ??= new JsonObject()).AsObject();
        }

        values[steps[^1]] = value;
    }
}
