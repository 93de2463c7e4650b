using System.Text.RegularExpressions;
using ChartTests.Rendering;
using FluentAssertions;
using Xunit;

namespace ChartTests.Conventions;

public sealed class InventoryTests
{
    [Fact]
    public void The_defaults_install_exactly_these_objects()
    {
        var names = Chart.Render().Select(manifest => Regex.Replace(manifest.ToString(), "-[0-9a-f]{8}$", "-HASH"));

        names.Should().BeEquivalentTo(
            "ConfigMap/demo-taskrunner-config",
            "ConfigMap/demo-taskrunner-schedules",
            "Deployment/demo-taskrunner-beat",
            "Deployment/demo-taskrunner-worker-default",
            "Job/demo-taskrunner-migrate-HASH",
            "Pod/demo-taskrunner-test",
            "PodDisruptionBudget/demo-taskrunner-worker-default",
            "Secret/demo-taskrunner-credentials",
            "Secret/demo-taskrunner-credentials-HASH",
            "Secret/demo-taskrunner-redis",
            "Service/demo-taskrunner-postgresql",
            "Service/demo-taskrunner-redis",
            "ServiceAccount/demo-taskrunner",
            "StatefulSet/demo-taskrunner-postgresql",
            "StatefulSet/demo-taskrunner-redis");
    }

    [Fact]
    public void Everything_that_can_be_switched_off_leaves_only_workers_and_their_configuration()
    {
        var manifests = Chart.Render("""
            redis: { enabled: false }
            postgresql: { enabled: false }
            broker: { url: redis://redis.example:6379 }
            database: { url: postgresql://shop@postgresql.example:5432/tasks }
            serviceAccount: { create: false }
            beat: { enabled: false }
            migrate: { enabled: false }
            test: { enabled: false }
            worker: { podDisruptionBudget: { enabled: false } }
            """);

        manifests.Select(manifest => manifest.ToString())
            .Should().BeEquivalentTo("ConfigMap/demo-taskrunner-config", "Deployment/demo-taskrunner-worker-default");
    }

    [Fact]
    public void The_only_hook_is_the_test()
    {
        var hooks = Chart.Render(options: new RenderOptions(CiCase: "everything-values.yaml"))
            .Where(manifest => manifest.At("metadata.annotations")?["helm.sh/hook"] is not null);

        hooks.Should().ContainSingle().Which.Component.Should().Be("test");
    }
}
