using ChartTests.Rendering;
using FluentAssertions;
using Xunit;

namespace ChartTests.Generated;

/// <summary>
/// Values that nobody thought of. `make chart-thousand` renders more of them, and asks an API server.
/// TASKRUNNER_TEST_SEED gives other ones.
/// </summary>
public sealed class GeneratedValuesTests
{
    private const int Sample = 64;

    private static readonly Lazy<IReadOnlyList<GeneratedSet>> Sets = new(() => GeneratedValues.Make(GeneratedValues.Seed, Sample));

    private static readonly Dictionary<string, Lazy<IReadOnlyList<Outcome>>> Outcomes = HelmVersions.All.ToDictionary(
        version => version,
        version => new Lazy<IReadOnlyList<Outcome>>(() => HelmOutcomes.Of(version, [.. Sets.Value.Select(set => set.Request())])));

    [Fact]
    public void No_template_breaks() => Findings.Broken(Sets.Value, Outcomes[HelmVersions.Oldest].Value).Should().BeEmpty();

    [Fact]
    public void Every_helm_gives_the_same() =>
        Findings.Different(Sets.Value, Outcomes.ToDictionary(pair => pair.Key, pair => pair.Value.Value)).Should().BeEmpty();

    [Fact]
    public void What_is_rendered_is_what_Kubernetes_takes() =>
        Findings.AgainstSchemas(Sets.Value, Outcomes[HelmVersions.Oldest].Value).Should().BeEmpty();

    [Fact]
    public void Most_sets_get_as_far_as_the_templates() =>
        Outcomes[HelmVersions.Oldest].Value.Count(outcome => outcome.Kind == Outcome.Rendered).Should().BeGreaterThan(Sample / 2);
}
