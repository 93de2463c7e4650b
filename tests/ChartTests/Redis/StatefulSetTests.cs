using System.Text;
using ChartTests.Rendering;
using FluentAssertions;
using Xunit;

namespace ChartTests.Redis;

public sealed class StatefulSetTests
{
    [Fact]
    public void Data_is_kept_by_log_and_snapshots_and_never_evicted() => Configuration().Should().Be("""
        bind * -::*
        port 6379
        dir /data
        requirepass "redis-secret-value"
        appendonly yes
        appendfsync everysec
        save 3600 1
        save 300 100
        save 60 10000
        maxmemory 384mb
        maxmemory-policy noeviction

        """);

    [Fact]
    public void No_limit_of_its_own_is_honoured() =>
        Configuration("redis: { maxmemory: '' }").Should().NotContain("maxmemory ").And.Contain("maxmemory-policy noeviction");

    [Fact]
    public void The_password_is_only_in_secrets()
    {
        Configuration().Should().Contain("requirepass \"redis-secret-value\"");
        Set().Content.ToJsonString().Should().NotContain("redis-secret-value");
    }

    [Fact]
    public void A_password_is_quoted_as_Redis_reads_it() =>
        Configuration("""redis: { password: "a \"b\" \\c # d" }""").Should().Contain("requirepass \"a \\\"b\\\" \\\\c # d\"\n");

    [Fact]
    public void Redis_reads_the_file_that_is_mounted()
    {
        Set().Container["command"].ShouldBe("[redis-server]");
        Set().Container["args"].ShouldBe("[/etc/redis/redis.conf]");
        Set().PodSpec["volumes"].ShouldBe("""
            - { name: config, secret: { secretName: demo-taskrunner-redis, defaultMode: 288 } }
            - { name: tmp, emptyDir: { sizeLimit: 1Gi } }
            """);
    }

    [Theory]
    [InlineData("startupProbe", "periodSeconds: 1, timeoutSeconds: 2, failureThreshold: 300")]
    [InlineData("livenessProbe", "periodSeconds: 15, timeoutSeconds: 5, failureThreshold: 4")]
    [InlineData("readinessProbe", "periodSeconds: 5, timeoutSeconds: 3, failureThreshold: 2")]
    public void Probes_ask_the_port_and_need_no_password(string probe, string fields)
    {
        var sets = Chart.Render();

        sets.Single("StatefulSet", component: "redis").Container[probe].ShouldBe($"{{ tcpSocket: {{ port: redis }}, {fields} }}");
        sets.Single("StatefulSet", component: "postgresql").Container[probe].ShouldBe($"{{ tcpSocket: {{ port: postgresql }}, {fields} }}");
    }

    [Fact]
    public void Data_lies_on_a_claim()
    {
        Set().At("spec.volumeClaimTemplates[0].spec").ShouldBe("{ accessModes: [ReadWriteOnce], resources: { requests: { storage: 2Gi } } }");
        Set().Container["volumeMounts"].ShouldBe("""
            - { name: config, mountPath: /etc/redis, readOnly: true }
            - { name: tmp, mountPath: /tmp }
            - { name: data, mountPath: /data }
            """);
    }

    [Theory]
    [InlineData("fast", "fast")]
    [InlineData("\"\"", "\"\"")]
    public void A_storage_class_is_honoured_an_empty_one_too(string given, string expected) =>
        Set($"redis: {{ persistence: {{ storageClass: {given} }} }}")
            .At("spec.volumeClaimTemplates[0].spec.storageClassName").ShouldBe(expected);

    [Fact]
    public void Without_persistence_data_lies_in_a_folder_of_the_pod()
    {
        var set = Set("redis: { persistence: { enabled: false, size: 64Mi } }");

        set.At("spec.volumeClaimTemplates").Should().BeNull();
        set.PodSpec["volumes"]!.AsArray()[^1].ShouldBe("{ name: data, emptyDir: { sizeLimit: 64Mi } }");
    }

    [Fact]
    public void Redis_runs_as_its_own_user() => Set().PodSpec.At("securityContext").ShouldBe("""
        runAsNonRoot: true
        runAsUser: 999
        runAsGroup: 999
        fsGroup: 999
        fsGroupChangePolicy: OnRootMismatch
        seccompProfile: { type: RuntimeDefault }
        """);

    [Fact]
    public void A_changed_configuration_replaces_the_pod() =>
        Set("redis: { maxmemory: 64mb }").PodAnnotations["checksum/config"]!.ToString()
            .Should().NotBe(Set().PodAnnotations["checksum/config"]!.ToString());

    [Fact]
    public void The_service_leads_to_the_port_of_the_pod()
    {
        var service = Chart.Render().Single("Service", component: "redis");

        service.At("spec.publishNotReadyAddresses").ShouldBe("true");
        service.At("spec.ports").ShouldBe("[{ name: redis, port: 6379, targetPort: redis, protocol: TCP }]");
        Set().Container["ports"].ShouldBe("[{ name: redis, containerPort: 6379, protocol: TCP }]");
        Set().At("spec.serviceName").ShouldBe(service.Name);
    }

    [Fact]
    public void The_image_is_the_public_one_and_can_be_another()
    {
        Set().Container["image"].ShouldBe("docker.io/library/redis:7.4-bookworm");
        var other = Set("redis: { image: { registry: r.example, repository: redis, tag: '7', pullPolicy: Never } }").Container;
        other["image"].ShouldBe("r.example/redis:7");
        other["imagePullPolicy"].ShouldBe("Never");
    }

    [Fact]
    public void Redis_can_be_left_out() =>
        Chart.Render("{ redis: { enabled: false }, broker: { host: redis.example } }").Should().NotContain(manifest => manifest.Component == "redis");

    private static Manifest Set(string values = "") => Chart.Render(values).Single("StatefulSet", component: "redis");

    private static string Configuration(string values = "") => Encoding.UTF8.GetString(Convert.FromBase64String(
        Chart.Render(values).Single("Secret", component: "redis").At("data")!["redis.conf"]!.ToString()));
}
