using ClusterTests.Cluster;
using ClusterTests.Installation;
using FluentAssertions;
using Xunit;

namespace ClusterTests;

/// <summary>What the kernel really enforces, read on the host that runs the local cluster's nodes.</summary>
[Collection(SharedInstallation.Name)]
public sealed class KernelTests(SharedInstallation.Setup setup)
{
    private const string FewRights = "0000000000000000";
    private const string OnlyFilteredCalls = "2";

    private readonly Release release = setup.Release;

    [ClusterFact]
    public async Task The_kernel_limits_memory_and_processor_of_every_worker()
    {
        foreach (var worker in await ContainersAsync("worker"))
        {
            worker.MemoryLimit().Should().Be(1L << 30);
            worker.CpuLimit().Should().Be(800);
        }
    }

    [ClusterFact]
    public async Task The_kernel_limits_memory_and_processor_of_beat()
    {
        var beat = (await ContainersAsync("beat"))[0];

        beat.MemoryLimit().Should().Be(512L << 20);
        beat.CpuLimit().Should().Be(500);
    }

    [ClusterFact]
    public async Task Programs_run_as_user_1000_and_stores_as_user_999()
    {
        foreach (var (component, user) in new[] { ("worker", "1000"), ("beat", "1000"), ("redis", "999"), ("postgresql", "999") })
        {
            foreach (var container in await ContainersAsync(component))
            {
                container.Status("Uid").Split('\t').Should().OnlyContain(id => id == user, "{0} has one user, also after the start", component);
                container.Status("Gid").Split('\t').Should().OnlyContain(id => id == user, "{0} has one group", component);
            }
        }
    }

    [ClusterFact]
    public async Task No_container_has_a_capability_or_can_gain_one()
    {
        foreach (var container in await ContainersAsync("worker", "beat", "redis", "postgresql"))
        {
            container.Status("CapEff").Should().Be(FewRights);
            container.Status("CapBnd").Should().Be(FewRights);
            container.Status("NoNewPrivs").Should().Be("1");
            container.Status("Seccomp").Should().Be(OnlyFilteredCalls);
        }
    }

    [ClusterFact]
    public async Task The_root_file_system_of_every_container_takes_no_file_even_from_root()
    {
        foreach (var container in await ContainersAsync("worker", "beat", "redis", "postgresql"))
        {
            var write = () => File.WriteAllText(container.PathTo("/written-by-a-test"), "");

            write.Should().Throw<IOException>().WithMessage("*ead-only file system*");
        }
    }

    [ClusterFact]
    public async Task No_container_sees_a_token_of_the_API_server()
    {
        foreach (var container in await ContainersAsync("worker", "beat", "redis", "postgresql"))
        {
            container.Mounts().Should().NotContain(mount => mount.Contains("kubernetes.io/serviceaccount", StringComparison.Ordinal));
        }
    }

    private async Task<IReadOnlyList<HostContainer>> ContainersAsync(params string[] components)
    {
        Skip.IfNot(release.Cluster.IsLocal, "The nodes of this cluster are not on this host.");
        var containers = new List<HostContainer>();
        foreach (var component in components)
        {
            var pods = await release.PodsAsync(component);
            pods.Should().NotBeEmpty("there is a {0}", component);
            containers.AddRange(pods.Select(pod => HostContainer.Find(pod.ContainerId)));
        }

        return containers;
    }
}
