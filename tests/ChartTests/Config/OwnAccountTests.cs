using ChartTests.Rendering;
using FluentAssertions;
using Xunit;

namespace ChartTests.Config;

/// <summary>Service accounts of a component or a pool, and their tokens.</summary>
public sealed class OwnAccountTests
{
    private const string TwoPools = "workers: { default: {}, gpu: { queues: [reports], serviceAccount: ";

    public static TheoryData<string> Components => ["worker", "beat", "migrate", "test", "redis", "postgresql"];

    [Theory]
    [MemberData(nameof(Components))]
    public void A_component_may_use_an_account_that_exists(string component)
    {
        var manifests = Chart.Render($$$"""{{{component}}}: { serviceAccount: { name: "{{ .Release.Name }}-own" } }""");

        Account(manifests, component).Should().Be("demo-own");
        manifests.All("ServiceAccount").Should().ContainSingle().Which.Name.Should().Be("demo-taskrunner");
        manifests.Workloads.Where(workload => workload.Component != component).Should().OnlyContain(workload => (string?)workload.PodSpec["serviceAccountName"] == "demo-taskrunner");
    }

    [Theory]
    [MemberData(nameof(Components))]
    public void A_component_may_get_an_account_of_its_own(string component)
    {
        var manifests = Chart.Render($"{component}: {{ serviceAccount: {{ create: true, annotations: {{ role: own }} }} }}");
        var account = manifests.Single("ServiceAccount", component: component);

        account.Name.Should().Be($"demo-taskrunner-{component}");
        account.At("metadata.annotations.role").ShouldBe("own");
        account.At("automountServiceAccountToken").ShouldBe("false");
        Account(manifests, component).Should().Be(account.Name);
    }

    [Fact]
    public void A_pool_may_get_one_beside_that_of_the_other_workers()
    {
        var manifests = Chart.Render($"worker: {{ serviceAccount: {{ create: true }} }}\n{TwoPools} {{ annotations: {{ role: gpu }} }} }} }}");

        manifests.Single("Deployment", pool: "default").PodSpec["serviceAccountName"].ShouldBe("demo-taskrunner-worker");
        manifests.Single("Deployment", pool: "gpu").PodSpec["serviceAccountName"].ShouldBe("demo-taskrunner-worker-gpu");
        manifests.Single("ServiceAccount", name: "-worker-gpu").At("metadata.annotations.role").ShouldBe("gpu");
    }

    [Fact]
    public void A_pool_leaves_the_account_of_the_other_workers_for_one_that_exists()
    {
        var manifests = Chart.Render($"worker: {{ serviceAccount: {{ create: true }} }}\n{TwoPools} {{ create: false, name: gpu }} }} }}");

        manifests.Single("Deployment", pool: "gpu").PodSpec["serviceAccountName"].ShouldBe("gpu");
        manifests.All("ServiceAccount").Select(account => account.Name).Should().BeEquivalentTo("demo-taskrunner", "demo-taskrunner-worker");
    }

    [Fact]
    public void Two_components_with_one_account_make_it_once() =>
        Chart.Render("""
            worker: { serviceAccount: { create: true, name: shared } }
            beat: { serviceAccount: { create: true, name: shared } }
            """).All("ServiceAccount").Where(account => account.Name == "shared").Should().ContainSingle();

    [Theory]
    [InlineData("beat: { serviceAccount: { name: own, annotations: { role: a } } }", "beat: serviceAccount has annotations, but no account is made: set create to true, or remove them and annotate the account own.")]
    [InlineData("workers: { gpu: { queues: [reports], serviceAccount: { annotations: { role: a } } } }", "Pool \"gpu\": serviceAccount has annotations, but no account is made")]
    public void Annotations_for_an_account_that_is_not_made_are_refused(string values, string sentence) => Chart.Refusal(values).Should().Contain($"- {sentence}");

    [Fact]
    public void A_component_without_pods_gets_none() =>
        Chart.Render("beat: { enabled: false, serviceAccount: { create: true } }").Has("ServiceAccount", component: "beat").Should().BeFalse();

    [Fact]
    public void The_right_to_patch_pods_goes_to_the_accounts_of_the_pools_that_use_it()
    {
        var manifests = Chart.Render("""
            worker: { podDeletionCost: true }
            workers:
              default: {}
              gpu: { queues: [reports], serviceAccount: { create: true } }
              plain: { queues: [reports], podDeletionCost: false, serviceAccount: { create: true } }
            """);

        manifests.Single("RoleBinding").At("subjects")!.AsArray().Select(subject => (string?)subject!["name"]).Should().Equal("demo-taskrunner", "demo-taskrunner-worker-gpu");
    }

    [Fact]
    public void A_token_is_mounted_where_it_is_asked_for()
    {
        var manifests = Chart.Render("worker: { automountServiceAccountToken: true }");

        manifests.Single("Deployment", component: "worker").PodSpec["automountServiceAccountToken"].ShouldBe("true");
        manifests.Single("Deployment", component: "beat").PodSpec["automountServiceAccountToken"].ShouldBe("false");
        Chart.Render("automountServiceAccountToken: true").Workloads.Should().OnlyContain(workload => (bool)workload.PodSpec["automountServiceAccountToken"]!);
    }

    [Fact]
    public void A_mounted_token_serves_the_deletion_cost_too() =>
        Chart.Render("worker: { podDeletionCost: true, automountServiceAccountToken: true }").Single("Deployment", component: "worker")
            .PodSpec.ToJsonString().Should().NotContain("/var/run/secrets/kubernetes.io/serviceaccount");

    private static string? Account(Manifests manifests, string component) =>
        (string?)manifests.Workloads.Single(workload => workload.Component == component).PodSpec["serviceAccountName"];
}
