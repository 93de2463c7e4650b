using ChartTests.Rendering;
using FluentAssertions;
using Xunit;

namespace ChartTests.Conventions;

public sealed class NameTests
{
    private const string LongestRelease = "a-release-whose-name-is-as-long-as-helm-will-allow-it";
    private const string LongPool = "workers: { a-pool-with-a-rather-long-name: {} }";

    [Fact]
    public void Names_start_with_the_release_and_the_chart() =>
        Chart.Render().Should().OnlyContain(manifest => manifest.Name.StartsWith("demo-taskrunner", StringComparison.Ordinal));

    [Fact]
    public void A_release_that_is_called_like_the_chart_is_not_repeated() =>
        Chart.Render(options: new RenderOptions(Release: "my-taskrunner")).Should().OnlyContain(
            manifest => manifest.Name.StartsWith("my-taskrunner", StringComparison.Ordinal)
                && !manifest.Name.Contains("taskrunner-taskrunner", StringComparison.Ordinal));

    [Fact]
    public void The_full_name_can_be_overridden() =>
        Chart.Render("fullnameOverride: jobs").Should().OnlyContain(manifest => manifest.Name.StartsWith("jobs", StringComparison.Ordinal));

    [Fact]
    public void The_chart_name_can_be_overridden()
    {
        var deployment = Chart.Render("nameOverride: jobs").Single("Deployment", component: "beat");

        deployment.Name.Should().Be("demo-jobs-beat");
        deployment.Text("metadata.labels").Should().Contain("\"app.kubernetes.io/name\": \"jobs\"");
    }

    [Fact]
    public void Every_object_names_the_namespace_of_the_release() =>
        Chart.Render(options: new RenderOptions(Namespace: "elsewhere"))
            .Should().OnlyContain(manifest => manifest.Text("metadata.namespace") == "elsewhere");

    [Theory]
    [InlineData("Deployment", 63)]
    [InlineData("Job", 63)]
    [InlineData("Service", 63)]
    [InlineData("StatefulSet", 52)]
    [InlineData("ConfigMap", 63)]
    [InlineData("Secret", 63)]
    [InlineData("Pod", 63)]
    [InlineData("ServiceAccount", 63)]
    [InlineData("PodDisruptionBudget", 63)]
    public void Names_stay_short_enough_with_the_longest_name_of_a_release(string kind, int longest)
    {
        var manifests = Chart.Render(LongPool, new RenderOptions(Release: LongestRelease));

        manifests.All(kind).Should().NotBeEmpty().And.OnlyContain(manifest => manifest.Name.Length <= longest);
    }

    [Fact]
    public void Names_stay_different_with_the_longest_name_of_a_release()
    {
        var manifests = Chart.Render(LongPool, new RenderOptions(Release: LongestRelease));

        manifests.Select(manifest => manifest.ToString()).Should().OnlyHaveUniqueItems();
    }

    [Fact]
    public void Two_long_releases_that_start_alike_share_no_name()
    {
        var first = Chart.Render(options: new RenderOptions(Release: LongestRelease));
        var second = Chart.Render(options: new RenderOptions(Release: LongestRelease[..^1] + "s"));

        first.Select(manifest => manifest.ToString()).Should().NotIntersectWith(second.Select(manifest => manifest.ToString()));
    }

    [Theory]
    [InlineData("7th")]
    [InlineData("with.dot")]
    public void A_service_has_a_name_that_Kubernetes_takes_whatever_the_release_is_called(string release) =>
        Chart.Render(options: new RenderOptions(Release: release)).All("Service")
            .Should().OnlyContain(service => System.Text.RegularExpressions.Regex.IsMatch(service.Name, "^[a-z][a-z0-9-]*$"));

    [Fact]
    public void Every_reference_to_a_config_map_secret_or_account_of_the_chart_exists()
    {
        foreach (var release in new[] { "demo", LongestRelease })
        {
            var manifests = Chart.Render(LongPool, new RenderOptions(Release: release));
            var there = manifests.Select(manifest => manifest.ToString()).ToHashSet();

            var wanted = manifests.Workloads.SelectMany(References).Distinct();

            wanted.Should().BeSubsetOf(there);
        }
    }

    private static IEnumerable<string> References(Manifest workload)
    {
        foreach (var (path, node) in workload.PodSpec.Walk())
        {
            if (path.EndsWith("configMapRef.name", StringComparison.Ordinal) || path.EndsWith("configMap.name", StringComparison.Ordinal))
            {
                yield return $"ConfigMap/{node}";
            }
            else if (path.EndsWith("secret.name", StringComparison.Ordinal) || path.EndsWith("secretName", StringComparison.Ordinal))
            {
                yield return $"Secret/{node}";
            }
            else if (path.EndsWith("serviceAccountName", StringComparison.Ordinal))
            {
                yield return $"ServiceAccount/{node}";
            }
        }
    }
}
