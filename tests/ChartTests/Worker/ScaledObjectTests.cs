using ChartTests.Rendering;
using FluentAssertions;
using Xunit;

namespace ChartTests.Worker;

public sealed class ScaledObjectTests
{
    private const string OneQueue = "queues: [pricing]\nbroker: { namespace: shop }\n";

    [Fact]
    public void Waiting_and_running_tasks_are_a_list_in_the_bundled_Redis()
    {
        var scaled = Scaled(OneQueue + "worker: { autoscaling: { type: keda } }");

        scaled.At("spec.triggers").ShouldBe("""
            - type: redis
              name: queue0
              metricType: AverageValue
              metadata:
                address: demo-taskrunner-redis.tasks.svc:6379
                databaseIndex: "0"
                listName: "{tr:shop:pricing:0}:z"
                listLength: "4"
              authenticationRef: { name: demo-taskrunner-broker }
            """);
        scaled.At("spec.advanced.scalingModifiers").Should().BeNull("one list needs no sum");
    }

    [Fact]
    public void The_tasks_of_all_queues_of_a_pool_are_added_up()
    {
        var scaled = Scaled("queues: [a, b, c]\nworker: { concurrency: 8, autoscaling: { type: keda } }");

        scaled.At("spec.advanced.scalingModifiers").ShouldBe("{ formula: queue0 + queue1 + queue2, target: '8', metricType: AverageValue }");
        scaled.At("spec.triggers[2].metadata.listName").ShouldBe("'{tr:default:c:0}:z'");
    }

    [Fact]
    public void Beat_is_told_to_count_only_where_somebody_reads_it()
    {
        Counts("worker: { autoscaling: { type: keda } }").Should().Be("true");
        Counts("worker: { autoscaling: { type: keda, keda: { trigger: prometheus, prometheusAddress: 'http://p' } } }").Should().BeNull();
        Counts("").Should().BeNull();
    }

    [Fact]
    public void A_Redis_of_the_user_is_reached_with_its_user_its_TLS_and_its_Secrets()
    {
        var manifests = Chart.Render("""
            queues: [pricing]
            redis: { enabled: false }
            broker:
              { namespace: shop, host: r.example, port: 6380, database: 3, username: shop, tls: { enabled: true, caSecret: { name: ca, key: tls.crt } }, existingSecret: { name: mine, passwordKey: pw } }
            worker: { autoscaling: { type: keda } }
            """);

        manifests.Single("ScaledObject").At("spec.triggers[0].metadata").ShouldBe("""
            { address: "r.example:6380", databaseIndex: "3", enableTLS: "true", listLength: "4", listName: "{tr:shop:pricing:0}:z", username: shop }
            """);
        manifests.Single("TriggerAuthentication").At("spec.secretTargetRef").ShouldBe("""
            - { parameter: password, name: mine, key: pw }
            - { parameter: ca, name: ca, key: tls.crt }
            """);
    }

    [Fact]
    public void The_password_is_that_of_the_broker_s_Secret_and_nothing_secret_is_in_the_ScaledObject()
    {
        var manifests = Chart.Render("worker: { autoscaling: { type: keda } }");

        manifests.Single("TriggerAuthentication").At("spec.secretTargetRef").ShouldBe(
            $"[{{ parameter: password, name: {manifests.All("Secret").Single(secret => secret.Name.Contains("-credentials-", StringComparison.Ordinal)).Name}, key: broker-password }}]");
        manifests.Single("ScaledObject").At("spec.triggers[0].authenticationRef.name").ShouldBe(manifests.Single("TriggerAuthentication").Name);
        manifests.Single("ScaledObject").Content.ToJsonString().Should().NotContain("secret-value");
    }

    [Fact]
    public void A_Redis_without_password_needs_no_authentication()
    {
        var manifests = Chart.Render("redis: { enabled: false }\nbroker: { url: 'redis://r.example/2' }\nworker: { autoscaling: { type: keda } }");

        manifests.Has("TriggerAuthentication").Should().BeFalse();
        manifests.Single("ScaledObject").At("spec.triggers[0]").ShouldBe("""
            { type: redis, name: queue0, metricType: AverageValue, metadata: { address: "r.example:6379", databaseIndex: "2", listLength: "4", listName: "{tr:default:default:0}:z" } }
            """);
    }

    [Theory]
    [InlineData("rediss://shop@r.example:6380/1", "{ address: 'r.example:6380', databaseIndex: '1', enableTLS: 'true', username: shop }")]
    [InlineData("redis://sh%40p%2Bx@r.example", "{ address: 'r.example:6379', databaseIndex: '0', username: sh@p+x }")]
    [InlineData("redis://r.example/2?user=shop&db=4", "{ address: 'r.example:6379', databaseIndex: '4', username: shop }")]
    [InlineData("redis://r.example?protocol=3&username=sh%2Fop", "{ address: 'r.example:6379', databaseIndex: '0', username: sh/op }")]
    [InlineData("redis://r.example:7000", "{ address: 'r.example:7000', databaseIndex: '0' }")]
    public void Whatever_the_broker_s_url_says_is_told_to_KEDA(string url, string expected)
    {
        var metadata = Scaled($"queues: [a]\nredis: {{ enabled: false }}\nbroker: {{ url: '{url}' }}\nworker: {{ autoscaling: {{ type: keda }} }}")
            .At("spec.triggers[0].metadata")!.DeepClone().AsObject();
        metadata.Remove("listName");
        metadata.Remove("listLength");

        metadata.ShouldBe(expected);
    }

    [Fact]
    public void Prometheus_is_asked_for_the_waiting_and_running_tasks_of_the_pool_s_queues()
    {
        var scaled = Scaled("""
            queues: [a.b, c]
            worker: { autoscaling: { type: keda, tasksPerPod: 2, keda: { trigger: prometheus, prometheusAddress: "http://p:9090", prometheusAuthentication: mine } } }
            """);

        scaled.At("spec.triggers").ShouldBe("""
            - type: prometheus
              name: tasks
              metricType: AverageValue
              metadata:
                serverAddress: http://p:9090
                threshold: "2"
                ignoreNullValues: "false"
                query: 'sum(max by (queue, state) (taskrunner_queue_tasks{namespace="tasks",queue=~"a\\.b|c",state=~"waiting|running"}))'
              authenticationRef: { name: mine }
            """);
        scaled.At("spec.advanced.scalingModifiers").Should().BeNull();
    }

    [Theory]
    [InlineData("minReplicas: 0", "minReplicaCount", "0")]
    [InlineData("maxReplicas: 3", "maxReplicaCount", "3")]
    [InlineData("keda: { pollingInterval: 5 }", "pollingInterval", "5")]
    [InlineData("keda: { cooldownPeriod: 0 }", "cooldownPeriod", "0")]
    [InlineData("keda: { fallbackReplicas: 0 }", "fallback", "{ failureThreshold: 3, replicas: 0 }")]
    [InlineData("", "fallback", "")]
    [InlineData("", "minReplicaCount", "1")]
    [InlineData("", "pollingInterval", "15")]
    public void Numbers_and_zeros_are_honoured(string autoscaling, string key, string expected) =>
        Scaled($"worker: {{ autoscaling: {{ type: keda, {autoscaling} }} }}").At($"spec.{key}").ShouldBe(expected);

    [Theory]
    [InlineData(50, 60)]
    [InlineData(0, 60)]
    [InlineData(590, 600)]
    public void The_last_pod_goes_no_sooner_than_it_drains(int drain, int cooldown) =>
        Scaled($"worker: {{ drainSeconds: {drain}, autoscaling: {{ type: keda }} }}").At("spec.cooldownPeriod").ShouldBe($"{cooldown}");

    [Fact]
    public void Pods_go_as_fast_as_with_a_HorizontalPodAutoscaler()
    {
        var keda = Scaled("worker: { autoscaling: { type: keda } }").At("spec.advanced.horizontalPodAutoscalerConfig.behavior");
        var hpa = Chart.Render("worker: { autoscaling: { type: hpa } }").Single("HorizontalPodAutoscaler").At("spec.behavior");

        keda.ShouldBe(hpa!.ToJsonString());
    }

    [Fact]
    public void Triggers_of_the_user_stand_beside_ours_or_alone()
    {
        const string cron = "triggers: [{ type: cron, metadata: { timezone: UTC, start: 0 8 * * *, end: 0 18 * * *, desiredReplicas: '3' } }]";

        Scaled($"queues: [a]\nworker: {{ autoscaling: {{ type: keda, keda: {{ {cron} }} }} }}").At("spec.triggers")!.AsArray().Should().HaveCount(2);
        Scaled($"worker: {{ autoscaling: {{ type: keda, keda: {{ trigger: none, {cron} }} }} }}").At("spec.triggers")!.AsArray().Should().ContainSingle();
    }

    [Theory]
    [InlineData("worker: { autoscaling: { type: keda, keda: { trigger: prometheus } } }", "keda.trigger is prometheus: set prometheusAddress.")]
    [InlineData("worker: { autoscaling: { type: keda, keda: { trigger: none } } }", "keda has no trigger: set trigger to redis or prometheus, or add to triggers.")]
    [InlineData("{ beat: { enabled: false }, worker: { autoscaling: { type: keda } } }", "keda counts tasks with beat, and beat.enabled is false")]
    [InlineData(
        "{ redis: { enabled: false }, broker: { existingSecret: { name: s, urlKey: u } }, worker: { autoscaling: { type: keda } } }",
        "keda.trigger is redis, but only a Secret knows where the broker is")]
    [InlineData(
        "{ redis: { enabled: false }, broker: { url: 'rediss://r?ssl_ca_certs=/ca.crt' }, worker: { autoscaling: { type: keda } } }",
        "keda.trigger is redis, but KEDA cannot read the files that ssl_ options of broker.url name")]
    public void What_cannot_scale_is_refused(string values, string sentence) =>
        Chart.Refusal(values).Should().Contain($"- Pool \"default\": worker.autoscaling.{sentence}");

    private static Manifest Scaled(string values) => Chart.Render(values).Single("ScaledObject");

    private static string? Counts(string values) => Chart.Render(values).Single("Deployment", component: "beat").Env("TASKRUNNER_COUNT_QUEUES");
}
