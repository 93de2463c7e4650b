using System.Text.RegularExpressions;
using FluentAssertions;
using Xunit;

namespace TaskRunner.FaultTests;

/// <summary>What docs/guarantees.md names as proof is there.</summary>
public sealed partial class GuaranteesTests
{
    [Fact]
    public void Every_test_that_the_guarantees_name_exists()
    {
        var root = Root();
        var named = TestName().Matches(File.ReadAllText(Path.Combine(root, "docs", "guarantees.md"))).Select(match => match.Groups[1].Value).Distinct(StringComparer.Ordinal).ToList();
        var code = string.Concat(Directory.EnumerateFiles(Path.Combine(root, "tests"), "*.cs", SearchOption.AllDirectories).Select(File.ReadAllText));

        named.Should().HaveCountGreaterThan(30);
        named.Where(name => !code.Contains($" {name}(", StringComparison.Ordinal)).Should().BeEmpty();
    }

    private static string Root()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "TaskRunner.slnx")))
            {
                return folder.FullName;
            }
        }

        throw new DirectoryNotFoundException("The tests do not run inside of the repository.");
    }

    [GeneratedRegex("`([A-Z][a-z]+(?:_[A-Za-z0-9]+){2,})`")]
    private static partial Regex TestName();
}
