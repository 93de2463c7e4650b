using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using ChartTests.Rendering;
using FluentAssertions;
using Xunit;

namespace ChartTests.Conventions;

public sealed partial class LabelTests
{
    public static TheoryData<string> Cases => CiCases.All;

    [Theory]
    [MemberData(nameof(Cases))]
    public void Every_object_of_the_chart_has_the_recommended_labels(string file)
    {
        var incomplete = Own(file).Where(manifest => new[] { "name", "instance", "version", "managed-by", "part-of" }
            .Any(label => manifest.At("metadata.labels")?[$"app.kubernetes.io/{label}"] is null));

        incomplete.Should().BeEmpty();
    }

    [Fact]
    public void Common_labels_take_the_place_of_ours_but_of_those_that_selectors_and_guards_look_for()
    {
        var manifests = Chart.Render("""
            commonLabels:
              app.kubernetes.io/part-of: shop
              app.kubernetes.io/version: "7"
              app.kubernetes.io/name: other
              app.kubernetes.io/instance: other
              app.kubernetes.io/component: other
              helm.sh/chart: other
            """);

        foreach (var labels in manifests.Select(manifest => manifest.At("metadata.labels")!))
        {
            labels["app.kubernetes.io/part-of"].ShouldBe("shop");
            labels["app.kubernetes.io/version"].ShouldBe("'7'");
            labels["app.kubernetes.io/name"].ShouldBe("taskrunner");
            labels["app.kubernetes.io/instance"].ShouldBe("demo");
            ((string?)labels["app.kubernetes.io/component"]).Should().NotBe("other");
            ((string?)labels["helm.sh/chart"]).Should().StartWith("taskrunner-");
        }
    }

    [Fact]
    public void A_version_too_long_for_a_label_is_cut()
    {
        var version = $"1.0.0-{new string('a', 60)}";
        var expected = $"taskrunner-{version}"[..63];

        new Manifests(Chart.RenderText(string.Empty, new RenderOptions(), ChartCopy.MakeNewer(version)))
            .Select(manifest => (string?)manifest.At("metadata.labels")!["helm.sh/chart"]).Should().OnlyContain(label => label == expected);
    }

    [Fact]
    public void A_common_label_without_a_value_is_left_out() =>
        Chart.Render("commonLabels: { a: null, b: c }").Should().OnlyContain(manifest => manifest.At("metadata.labels.a") == null && (string?)manifest.At("metadata.labels.b") == "c");

    [Theory]
    [MemberData(nameof(Cases))]
    public void Every_label_has_a_value_that_Kubernetes_takes(string file)
    {
        var wrong = CiCases.Render(file)
            .SelectMany(manifest => new[] { manifest.At("metadata.labels"), manifest.Pod?["metadata"]?["labels"] })
            .OfType<JsonObject>()
            .SelectMany(labels => labels)
            .Where(label => !LabelValue().IsMatch((string)label.Value!));

        wrong.Should().BeEmpty();
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Selectors_hold_nothing_that_an_upgrade_changes(string file)
    {
        var keys = Selectors(file).SelectMany(selector => selector.Selector).Select(pair => pair.Key).Distinct();

        keys.Should().BeSubsetOf(
            ["app.kubernetes.io/name", "app.kubernetes.io/instance", "app.kubernetes.io/component", "taskrunner.dev/pool"]);
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Every_selector_matches_the_pods_of_exactly_one_workload(string file)
    {
        var pods = CiCases.Render(file).Workloads.ToList();

        foreach (var (owner, selector) in Selectors(file))
        {
            pods.Where(pod => Matches(selector, pod)).Should().ContainSingle($"{owner} selects them");
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Every_budget_policy_and_spread_selects_pods_of_its_own_component(string file)
    {
        var manifests = CiCases.Render(file);
        var lost = from manifest in manifests
                   let selector = manifest.At("spec.podSelector.matchLabels")
                   where selector is not null && manifest.Component is not null
                   where !manifests.Workloads.Any(pod => pod.Component == manifest.Component && Matches(selector.AsObject(), pod))
                   select manifest.ToString();

        lost.Should().BeEmpty();
    }

    [Fact]
    public void Selectors_of_two_releases_in_one_namespace_have_nothing_in_common()
    {
        var first = Chart.Render(options: new RenderOptions(Release: "one"));
        var second = Chart.Render(options: new RenderOptions(Release: "two"));

        var crossed = first.All("Deployment").Concat(first.All("StatefulSet"))
            .SelectMany(owner => second.Workloads.Where(pod => Matches(owner.At("spec.selector.matchLabels")!.AsObject(), pod)));

        crossed.Should().BeEmpty();
    }

    [Fact]
    public void Common_labels_are_on_every_object_and_every_pod()
    {
        var manifests = Chart.Render("commonLabels: { team: shop }");

        manifests.Should().OnlyContain(manifest => (string?)manifest.Content.At("metadata.labels.team") == "shop");
        manifests.Workloads.Should().OnlyContain(manifest => (string?)manifest.Pod.At("metadata.labels.team") == "shop");
    }

    [Fact]
    public void Common_annotations_are_on_every_object_and_are_templated()
    {
        var manifests = Chart.Render("""commonAnnotations: { owner: "{{ .Release.Name }}-team" }""");

        manifests.Should().OnlyContain(manifest => (string?)manifest.Content.At("metadata.annotations.owner") == "demo-team");
    }

    [Fact]
    public void Labels_of_the_user_cannot_change_what_selectors_match()
    {
        var deployment = Chart.Render("""
            commonLabels: { app.kubernetes.io/name: other }
            podLabels: { app.kubernetes.io/component: other, taskrunner.dev/pool: other }
            """).Single("Deployment", component: "worker");

        Matches(deployment.At("spec.selector.matchLabels")!.AsObject(), deployment).Should().BeTrue();
    }

    [Fact]
    public void Claims_carry_no_label_that_changes_with_the_chart()
    {
        var claims = Chart.Render("commonLabels: { team: shop }").All("StatefulSet")
            .Select(set => set.At("spec.volumeClaimTemplates[0].metadata.labels")!.AsObject().Select(pair => pair.Key));

        claims.Should().OnlyContain(keys => !keys.Contains("team") && !keys.Contains("helm.sh/chart") && !keys.Contains("app.kubernetes.io/version"));
    }

    private static IEnumerable<Manifest> Own(string file) =>
        CiCases.Render(file).Where(manifest => manifest.At("metadata.labels") is not null || !file.StartsWith("everything", StringComparison.Ordinal));

    private static IEnumerable<(Manifest Owner, JsonObject Selector)> Selectors(string file) =>
        from manifest in CiCases.Render(file)
        where !manifest.Kind.EndsWith("Monitor", StringComparison.Ordinal)
        let selector = manifest.At("spec.selector.matchLabels") ?? (manifest.Kind == "Service" ? manifest.At("spec.selector") : null)
        where selector is not null
        select (manifest, selector.AsObject());

    private static bool Matches(JsonObject selector, Manifest workload) =>
        selector.All(pair => JsonNode.DeepEquals(workload.Pod!["metadata"]!["labels"]![pair.Key], pair.Value));

    [GeneratedRegex("^([A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?)?$")]
    private static partial Regex LabelValue();
}
