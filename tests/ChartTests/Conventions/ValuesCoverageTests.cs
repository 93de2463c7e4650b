using ChartTests.Rendering;
using FluentAssertions;
using TaskRunner.Tests.Support;
using Xunit;

namespace ChartTests.Conventions;

/// <summary>No value is there in vain: each is set in a case, matters there, and means what it says when it is nothing.</summary>
public sealed class ValuesCoverageTests
{
    /// <summary>What only a cluster can show; the cluster tests do.</summary>
    private static readonly string[] AskTheCluster = ["upgradeGuard"];

    /// <summary>What no case may set, because every pod of every case must pass the restricted standard; set by the test below.</summary>
    private static readonly string[] Hardening =
    [
        "podSecurityContext.runAsNonRoot",
        "podSecurityContext.seccompProfile.type",
        "securityContext.allowPrivilegeEscalation",
        "securityContext.readOnlyRootFilesystem",
        "securityContext.capabilities.drop",
        "automountServiceAccountToken",
    ];

    /// <summary>What the oldest Kubernetes of the cases does not know; tests of its own set it.</summary>
    private static readonly string[] Newer = ["resourceClaims"];

    /// <summary>A third of the leaves, another one each day.</summary>
    private static readonly FullLeaf[] Leaves = DailySample.Of(FullCases.Leaves, FullCases.Leaves.Count / 3, "chart");

    public static TheoryData<string> Paths => [.. Leaves.Select(leaf => leaf.Path).Except([.. AskTheCluster, .. Hardening, .. Newer])];

    public static TheoryData<string> Optional =>
        [.. Leaves.Where(leaf => leaf.Zero is not null).Select(leaf => leaf.Path).Except(AskTheCluster)];

    [Fact]
    public void Every_value_is_set_to_something_other_than_its_default_in_a_case() =>
        FullCases.Leaves.Where(leaf => leaf.Case is null).Select(leaf => leaf.Path)
            .Except([.. AskTheCluster, .. Hardening, .. Newer]).Should().BeEmpty();

    [Theory]
    [MemberData(nameof(Paths))]
    public void Every_value_changes_what_is_rendered(string path)
    {
        FullCases.Prepare(Leaves);
        var leaf = Leaves.Single(leaf => leaf.Path == path);

        Outcome(leaf.Without!).Should().NotBe(Outcome(leaf.Full!), "{0} must matter in {1}", path, leaf.Case);
    }

    [Theory]
    [MemberData(nameof(Optional))]
    public void Zero_false_and_an_empty_list_are_honoured_or_refused_and_never_taken_for_the_default(string path)
    {
        FullCases.Prepare(Leaves);
        var leaf = Leaves.Single(leaf => leaf.Path == path);

        Outcome(leaf.Zero!).Should().NotBe(Outcome(leaf.Without!));
    }

    [Theory]
    [InlineData("podSecurityContext.runAsNonRoot", "podSecurityContext: { runAsNonRoot: false }")]
    [InlineData("podSecurityContext.seccompProfile.type", "podSecurityContext: { seccompProfile: { type: Unconfined } }")]
    [InlineData("securityContext.allowPrivilegeEscalation", "securityContext: { allowPrivilegeEscalation: true }")]
    [InlineData("securityContext.readOnlyRootFilesystem", "securityContext: { readOnlyRootFilesystem: false }")]
    [InlineData("automountServiceAccountToken", "automountServiceAccountToken: true")]
    [InlineData("securityContext.capabilities.drop", "securityContext: { capabilities: { drop: [NET_RAW] } }")]
    public void Hardening_is_loosened_where_the_user_says_so(string path, string values)
    {
        Hardening.Should().Contain(path);
        Chart.Render(values).Rendered.Should().NotBe(Chart.Render().Rendered);
    }

    private static string Outcome(RenderRequest request)
    {
        try
        {
            return Chart.Render(request).Rendered;
        }
        catch (HelmException)
        {
            return "refused";
        }
    }
}
