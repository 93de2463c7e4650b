using ChartTests.Rendering;
using FluentAssertions;
using Xunit;

namespace ChartTests.Worker;

/// <summary>An image of a pool or a component, laid over the one that all share.</summary>
public sealed class OwnImageTests
{
    private const string Digest = "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

    [Theory]
    [InlineData("{ tag: '9' }", "r.example/shop/tasks:9")]
    [InlineData("{ repository: shop/gpu }", "r.example/shop/gpu:1")]
    [InlineData("{ registry: other.example, repository: gpu, tag: '2' }", "other.example/gpu:2")]
    [InlineData("{ tag: \"{{ .Release.Name }}\" }", "r.example/shop/tasks:demo")]
    [InlineData("{ digest: '" + Digest + "' }", "r.example/shop/tasks@" + Digest)]
    public void A_pool_changes_what_it_names_and_no_other_pod(string image, string expected)
    {
        var manifests = Chart.Render($$"""
            image: { registry: r.example, repository: shop/tasks, tag: '1' }
            workers: { gpu: { queues: [reports], image: {{image}} } }
            """);

        manifests.Single("Deployment", pool: "gpu").Container["image"].ShouldBe($"\"{expected}\"");
        Others(manifests).Should().Equal("r.example/shop/tasks:1");
    }

    [Theory]
    [InlineData("tag: '9'", "r.example/shop/tasks:9")]
    [InlineData("repository: shop/gpu", "r.example/shop/gpu:1")]
    [InlineData("pullPolicy: Always", "r.example/shop/tasks@" + Digest)]
    public void A_digest_is_kept_only_with_the_image_that_it_belongs_to(string image, string expected) =>
        Chart.Render($$"""
            image: { registry: r.example, repository: shop/tasks, tag: '1', digest: "{{Digest}}" }
            workers: { gpu: { queues: [reports], image: { {{image}} } } }
            """).Single("Deployment", pool: "gpu").Container["image"].ShouldBe($"\"{expected}\"");

    [Fact]
    public void A_pool_overrides_the_image_of_all_workers()
    {
        var manifests = Chart.Render("""
            worker: { image: { repository: shop/workers, tag: '1' } }
            workers: { gpu: { queues: [reports], image: { tag: gpu, pullPolicy: Never } } }
            """);

        manifests.Single("Deployment", pool: "default").Container["image"].ShouldBe("ghcr.io/shop/workers:1");
        manifests.Single("Deployment", pool: "gpu").Container["image"].ShouldBe("ghcr.io/shop/workers:gpu");
        manifests.Single("Deployment", pool: "gpu").Container["imagePullPolicy"].ShouldBe("Never");
    }

    [Theory]
    [InlineData("beat")]
    [InlineData("migrate")]
    [InlineData("test")]
    public void Every_other_component_may_have_one_too(string component) =>
        Chart.Render($"{component}: {{ image: {{ tag: own }} }}").Workloads.Single(workload => workload.Component == component)
            .Container["image"].ShouldBe("ghcr.io/taskrunner/taskrunner:own");

    [Fact]
    public void The_registry_of_a_parent_chart_holds_for_it() =>
        Chart.Render("{ global: { imageRegistry: g.example }, worker: { image: { registry: r.example, repository: a, tag: '1' } } }")
            .Single("Deployment", component: "worker").Container["image"].ShouldBe("\"g.example/a:1\"");

    private static IEnumerable<string?> Others(Manifests manifests) => manifests.Workloads
        .Where(workload => workload.Kind != "StatefulSet" && workload.Pool != "gpu").Select(workload => (string?)workload.Container["image"]).Distinct();
}
