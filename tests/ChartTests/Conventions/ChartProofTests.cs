using System.Text.RegularExpressions;
using ChartTests.Rendering;
using FluentAssertions;
using Xunit;

namespace ChartTests.Conventions;

/// <summary>docs/chart-proof.md names a test for each claim; each must be there.</summary>
public sealed partial class ChartProofTests
{
    [Fact]
    public void Every_test_that_the_page_names_exists()
    {
        var sources = string.Concat(Directory.EnumerateFiles(Path.Combine(Repository.Root, "tests"), "*.cs", SearchOption.AllDirectories).Select(File.ReadAllText));
        var named = Name().Matches(File.ReadAllText(Path.Combine(Repository.Root, "docs", "chart-proof.md"))).Select(match => match.Groups["test"].Value).ToList();

        named.Should().HaveCountGreaterThan(23);
        named.Where(test => !sources.Contains($" {test}(", StringComparison.Ordinal)).Should().BeEmpty();
    }

    [GeneratedRegex("`(?<test>[A-Z][A-Za-z0-9]*(_[A-Za-z0-9]+)+)`")]
    private static partial Regex Name();
}
