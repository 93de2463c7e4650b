using ChartTests.Rendering;
using FluentAssertions;
using Xunit;

namespace ChartTests.Conventions;

public sealed class SecurityContextTests
{
    public static TheoryData<string> Cases => CiCases.All;

    [Theory]
    [MemberData(nameof(Cases))]
    public void Every_pod_passes_the_restricted_standard(string file)
    {
        foreach (var workload in CiCases.Render(file).Workloads)
        {
            PodSecurity.Violations(workload.PodSpec).Should().BeEmpty($"{workload} must pass");
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Every_pod_has_a_read_only_root_and_no_token(string file)
    {
        foreach (var workload in CiCases.Render(file).Workloads)
        {
            PodSecurity.BrokenPromises(workload.PodSpec).Should().BeEmpty($"{workload} promises more than the standard");
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Every_container_of_the_chart_has_requests_and_a_memory_limit_or_was_told_otherwise(string file)
    {
        var own = CiCases.Render(file).Workloads.Select(workload => workload.Container);

        own.Should().OnlyContain(container => container.At("resources.requests.memory") != null);
    }

    [Theory]
    [InlineData("worker")]
    [InlineData("beat")]
    [InlineData("migrate")]
    [InlineData("test")]
    public void The_program_runs_as_user_1000(string component)
    {
        var workload = Chart.Render().Workloads.Single(manifest => manifest.Component == component);

        workload.PodSpec.At("securityContext").ShouldBe("""
            runAsNonRoot: true
            runAsUser: 1000
            runAsGroup: 1000
            fsGroup: 1000
            fsGroupChangePolicy: OnRootMismatch
            seccompProfile: { type: RuntimeDefault }
            """);
        workload.Container.At("securityContext").ShouldBe("""
            allowPrivilegeEscalation: false
            readOnlyRootFilesystem: true
            capabilities: { drop: [ALL] }
            """);
    }

    [Fact]
    public void Every_container_can_write_to_tmp() =>
        Chart.Render().Workloads.SelectMany(workload => workload.Containers)
            .Should().OnlyContain(container => container["volumeMounts"]!.AsArray().Any(mount => (string?)mount!["mountPath"] == "/tmp"));

    [Fact]
    public void User_and_group_can_be_left_to_the_platform()
    {
        var spec = Chart.Render("podSecurityContext: { runAsUser: null, runAsGroup: null, fsGroup: null }")
            .Single("Deployment", component: "worker").PodSpec;

        spec.At("securityContext").ShouldBe("""
            runAsNonRoot: true
            fsGroupChangePolicy: OnRootMismatch
            seccompProfile: { type: RuntimeDefault }
            """);
    }

    [Fact]
    public void A_component_changes_only_what_it_names()
    {
        var manifests = Chart.Render("beat: { podSecurityContext: { runAsUser: 2000 }, securityContext: { readOnlyRootFilesystem: false } }");

        manifests.Single("Deployment", component: "beat").PodSpec.At("securityContext.runAsUser").ShouldBe("2000");
        manifests.Single("Deployment", component: "beat").PodSpec.At("securityContext.fsGroup").ShouldBe("1000");
        manifests.Single("Deployment", component: "beat").Container.At("securityContext.readOnlyRootFilesystem").ShouldBe("false");
        manifests.Single("Deployment", component: "worker").PodSpec.At("securityContext.runAsUser").ShouldBe("1000");
    }

    [Fact]
    public void A_container_of_the_user_is_hardened_unless_it_says_how_it_wants_to_be()
    {
        var worker = Chart.Render("""
            initContainers:
              - { name: plain, image: "tools:1" }
              - { name: own, image: "tools:1", securityContext: { runAsUser: 5 } }
            """).Single("Deployment", component: "worker");

        worker.PodSpec.At("initContainers[0].securityContext").ShouldBe(worker.Container["securityContext"]!.ToJsonString());
        worker.PodSpec.At("initContainers[1].securityContext").ShouldBe("{ runAsUser: 5 }");
    }
}
