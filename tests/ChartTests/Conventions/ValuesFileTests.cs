using ChartTests.Rendering;
using FluentAssertions;
using Xunit;

namespace ChartTests.Conventions;

public sealed class ValuesFileTests
{
    private static readonly string[] Pods = ["worker", "beat", "migrate", "test", "redis", "postgresql"];

    [Fact]
    public void Every_key_or_what_it_belongs_to_is_explained()
    {
        var explained = ValuesFile.Keys.Where(key => key.Comment is not null).Select(key => key.Path).ToHashSet();

        var bare = ValuesFile.Keys.Select(key => key.Path).Where(path => !Ancestry(path).Any(explained.Contains));

        bare.Should().BeEmpty();
    }

    [Fact]
    public void The_file_stays_short() => Repository.ReadChartFile("values.yaml").Split('\n').Length.Should().BeLessThan(950);

    [Fact]
    public void The_readme_lists_every_explained_key()
    {
        const string start = "<!-- values: start -->\n", end = "<!-- values: end -->";
        var path = Path.Combine(Repository.Chart, "README.md");
        var readme = File.ReadAllText(path);
        var before = readme[..(readme.IndexOf(start, StringComparison.Ordinal) + start.Length)];
        var after = readme[readme.IndexOf(end, StringComparison.Ordinal)..];
        var rows = ValuesFile.Keys.Where(key => key.Comment is not null)
            .Select(key => $"| `{key.Path}` | {Default(key)} | {key.Comment} |\n");
        var expected = $"{before}| value | default | meaning |\n| --- | --- | --- |\n{string.Concat(rows)}{after}";

        if (Environment.GetEnvironmentVariable("UPDATE_README") is "1")
        {
            File.WriteAllText(path, expected);
        }

        File.ReadAllText(path).Should().Be(expected, "the table is made from values.yaml: run the test with UPDATE_README=1");
    }

    /// <summary>A map stands with what is in it, unless that has rows of its own.</summary>
    private static string Default(ValuesKey key) =>
        key.IsLeaf || !ValuesFile.Keys.Any(other => other.Comment is not null && other.Path.StartsWith($"{key.Path}.", StringComparison.Ordinal))
            ? $"`{key.Default?.ToJsonString() ?? "null"}`"
            : string.Empty;

    /// <summary>The key itself and what it belongs to, without the component as a whole, whose comment explains no key.</summary>
    private static IEnumerable<string> Ancestry(string path)
    {
        for (var current = path; current.Length > 0; current = current[..Math.Max(0, current.LastIndexOf('.'))])
        {
            if (current == path || !Pods.Contains(current))
            {
                yield return current;
            }
        }
    }
}
