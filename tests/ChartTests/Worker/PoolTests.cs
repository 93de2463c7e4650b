using ChartTests.Rendering;
using FluentAssertions;
using Xunit;

namespace ChartTests.Worker;

public sealed class PoolTests
{
    private const string AllQueues = "default,backups,pricing,reports,notifications,accounting,monitoring,webhooks";

    [Fact]
    public void There_is_one_pool_by_default_and_it_serves_every_queue()
    {
        var worker = Chart.Render().Single("Deployment", component: "worker");

        worker.Pool.Should().Be("default");
        worker.Env("TASKRUNNER_QUEUES").Should().Be(AllQueues);
    }

    [Fact]
    public void A_pool_that_says_nothing_is_like_the_defaults()
    {
        var manifests = Chart.Render("workers: { other: {} }");

        var other = manifests.Single("Deployment", pool: "other");
        other.At("spec.replicas").ShouldBe("3");
        other.Env("TASKRUNNER_QUEUES").Should().Be(AllQueues);
        other.Container["resources"].ShouldBe(manifests.Single("Deployment", pool: "default").Container["resources"]!.ToJsonString());
    }

    [Fact]
    public void A_pool_changes_only_what_it_names()
    {
        var slow = Chart.Render("""
            workers:
              slow:
                concurrency: 1
                queues: [reports, backups]
                resources: { limits: { memory: 4Gi } }
                livenessProbe: { periodSeconds: 60 }
            """).Single("Deployment", pool: "slow");

        slow.Env("TASKRUNNER_CONCURRENCY").Should().Be("1");
        slow.Env("TASKRUNNER_QUEUES").Should().Be("reports,backups");
        slow.Container.At("resources.limits").ShouldBe("{ cpu: 800m, memory: 4Gi }");
        slow.Container.At("livenessProbe").ShouldBe(
            "{ httpGet: { path: /livez, port: http }, periodSeconds: 60, timeoutSeconds: 5, failureThreshold: 3 }");
    }

    [Fact]
    public void A_pool_leaves_the_others_as_they_are()
    {
        var alone = Chart.Render().Single("Deployment", component: "worker");
        var beside = Chart.Render("workers: { slow: { concurrency: 1, resources: { limits: { memory: 4Gi } } } }").Single("Deployment", pool: "default");

        beside.Content.ToJsonString().Should().Be(alone.Content.ToJsonString());
    }

    [Theory]
    [InlineData("replicas: 0", "spec.replicas", "0")]
    [InlineData("terminationGracePeriodSeconds: 61", "spec.template.spec.terminationGracePeriodSeconds", "61")]
    [InlineData("revisionHistoryLimit: 0", "spec.revisionHistoryLimit", "0")]
    [InlineData("strategy: { rollingUpdate: { maxSurge: 0 } }", "spec.strategy.rollingUpdate.maxSurge", "0")]
    [InlineData("securityContext: { readOnlyRootFilesystem: false }", "spec.template.spec.containers[0].securityContext.readOnlyRootFilesystem", "false")]
    [InlineData("readinessProbe: { enabled: false }", "spec.template.spec.containers[0].readinessProbe", "")]
    [InlineData("antiAffinity: none", "spec.template.spec.affinity", "")]
    [InlineData("resources: { limits: null }", "spec.template.spec.containers[0].resources.limits", "")]
    [InlineData("resources: { limits: { cpu: null } }", "spec.template.spec.containers[0].resources.limits", "memory: 1Gi")]
    public void Zero_false_and_null_of_a_pool_are_honoured(string setting, string path, string expected) =>
        Chart.Render($"workers: {{ slow: {{ {setting} }} }}").Single("Deployment", pool: "slow").At(path).ShouldBe(expected);

    [Fact]
    public void An_empty_priority_class_of_a_pool_takes_back_the_shared_one()
    {
        var manifests = Chart.Render("{ priorityClassName: high, workers: { slow: { priorityClassName: '' } } }");

        manifests.Single("Deployment", pool: "default").PodSpec["priorityClassName"].ShouldBe("high");
        manifests.Single("Deployment", pool: "slow").PodSpec["priorityClassName"].Should().BeNull();
    }

    [Fact]
    public void Null_removes_the_default_pool()
    {
        var manifests = Chart.Render("workers: { default: null, all: {} }");

        manifests.All("Deployment").Select(deployment => deployment.Pool).Should().BeEquivalentTo([null, "all"]);
    }

    [Fact]
    public void Null_removes_a_pool_that_another_values_file_added() =>
        Chart.Render("workers: { slow: null }").Has("Deployment", pool: "slow").Should().BeFalse();

    [Theory]
    [InlineData("workers: { default: { enabled: false }, all: {} }")]
    [InlineData("worker: { enabled: false }\nworkers: { all: { enabled: true } }")]
    public void A_pool_can_be_switched_off(string values) =>
        Chart.Render(values).All("Deployment").Select(deployment => deployment.Pool).Should().BeEquivalentTo([null, "all"]);

    [Fact]
    public void A_parent_chart_switches_a_pool_off_though_helm_passes_no_null_on()
    {
        using var parent = new ParentChart();

        parent.Render("taskrunner: { redis: { password: a }, postgresql: { password: b }, workers: { default: { enabled: false }, all: {} } }")
            .All("Deployment").Select(deployment => deployment.Pool).Should().BeEquivalentTo([null, "all"]);
    }

    [Theory]
    [InlineData("nodeSelector: { a: null }", "nodeSelector", "c: d")]
    [InlineData("nodeSelector: { a: null, c: null }", "nodeSelector", "")]
    [InlineData("nodeSelector: null", "nodeSelector", "")]
    [InlineData("dnsConfig: { options: null }", "dnsConfig", "searches: [x]")]
    [InlineData("dnsConfig: null", "dnsConfig", "")]
    [InlineData("affinity: null", "affinity.nodeAffinity", "")]
    [InlineData("lifecycle: { preStop: null }", "containers[0].lifecycle", "postStart: { exec: { command: [b] } }")]
    [InlineData("lifecycle: null", "containers[0].lifecycle", "")]
    [InlineData("readinessProbe: { exec: null, httpGet: { path: /mine, port: http } }", "containers[0].readinessProbe.exec", "")]
    public void Null_of_a_pool_removes_what_it_would_inherit(string setting, string path, string expected)
    {
        var pod = Chart.Render($$"""
            nodeSelector: { a: b, c: d }
            dnsConfig: { options: [{ name: ndots }], searches: [x] }
            affinity: { nodeAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [] } }
            worker:
              lifecycle: { preStop: { exec: { command: [a] } }, postStart: { exec: { command: [b] } } }
              readinessProbe: { exec: { command: [c] } }
            workers: { slow: { {{setting}} } }
            """).Single("Deployment", pool: "slow").PodSpec;

        pod.At(path).ShouldBe(expected);
    }

    [Theory]
    [InlineData("podLabels: { a: null }", "labels")]
    [InlineData("podLabels: null", "labels")]
    [InlineData("podAnnotations: { a: null }", "annotations")]
    [InlineData("podAnnotations: null", "annotations")]
    public void Null_of_a_pool_removes_labels_and_annotations(string setting, string part)
    {
        var manifests = Chart.Render($"podLabels: {{ a: b }}\npodAnnotations: {{ a: b }}\nworkers: {{ slow: {{ {setting} }} }}");

        manifests.Single("Deployment", pool: "slow").Pod.At($"metadata.{part}.a").Should().BeNull();
        manifests.Single("Deployment", pool: "default").Pod.At($"metadata.{part}.a").ShouldBe("b");
    }

    [Fact]
    public void Pools_are_told_apart_by_a_label_of_their_own()
    {
        var manifests = Chart.Render("workers: { slow: {} }");

        manifests.Single("Deployment", pool: "slow").At("spec.selector.matchLabels").ShouldBe("""
            app.kubernetes.io/name: taskrunner
            app.kubernetes.io/instance: demo
            app.kubernetes.io/component: worker
            taskrunner.dev/pool: slow
            """);
    }

    [Fact]
    public void A_pool_s_environment_takes_the_place_of_the_defaults_and_follows_what_all_pods_get()
    {
        var slow = Chart.Render("""
            extraEnv: [{ name: ALL, value: "1" }]
            worker: { extraEnv: [{ name: WORKER, value: "2" }] }
            workers: { slow: { extraEnv: [{ name: POOL, value: "3" }] } }
            """).Single("Deployment", pool: "slow");

        slow.Env("ALL").Should().Be("1");
        slow.Env("WORKER").Should().BeNull();
        slow.Env("POOL").Should().Be("3");
    }
}
