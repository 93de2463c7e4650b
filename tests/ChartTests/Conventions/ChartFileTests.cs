using System.Text.RegularExpressions;
using ChartTests.Rendering;
using FluentAssertions;
using Xunit;

namespace ChartTests.Conventions;

public sealed partial class ChartFileTests
{
    private static readonly string[] KindWords =
        ["deployment", "statefulset", "job", "pdb", "service", "configmap", "secret", "serviceaccount", "doctor", "extraobjects",
         "hpa", "scaledobject", "triggerauthentication", "role", "rolebinding", "networkpolicy", "podmonitor", "servicemonitor", "prometheusrule", "dashboard"];

    private static readonly string[] Files =
    [
        .. Directory.EnumerateFiles(Path.Combine(Repository.Chart, "templates"), "*.*", SearchOption.AllDirectories)
            .Select(file => Path.GetRelativePath(Repository.Chart, file)).Order(StringComparer.Ordinal),
    ];

    public static TheoryData<string> Templates => [.. Files];

    [Theory]
    [MemberData(nameof(Templates))]
    public void A_template_stays_short(string file)
    {
        var limit = file switch
        {
            _ when file.EndsWith(".tpl", StringComparison.Ordinal) => 280,
            _ when file.EndsWith("deployment.yaml", StringComparison.Ordinal) || file.EndsWith("statefulset.yaml", StringComparison.Ordinal) => 150,
            _ => 80,
        };

        File.ReadLines(Path.Combine(Repository.Chart, file)).Count().Should().BeLessThan(limit);
    }

    [Theory]
    [MemberData(nameof(Templates))]
    public void A_template_is_named_after_the_kind_that_it_renders(string file)
    {
        var name = Path.GetFileNameWithoutExtension(file);

        if (!name.StartsWith('_') && name != "NOTES")
        {
            KindWords.Should().Contain(name);
        }
    }

    [Theory]
    [MemberData(nameof(Templates))]
    public void Named_templates_cannot_clash_with_those_of_another_chart(string file)
    {
        var names = Definition().Matches(Repository.ReadChartFile(file)).Select(match => match.Groups["name"].Value);

        names.Where(name => !name.StartsWith("taskrunner.", StringComparison.Ordinal)).Should().BeEmpty();
    }

    [Fact]
    public void Every_named_template_is_used_and_every_used_one_exists()
    {
        var text = string.Concat(Files.Select(Repository.ReadChartFile));
        var defined = Definition().Matches(text).Select(match => match.Groups["name"].Value).ToList();
        var used = Use().Matches(text).Select(match => match.Groups["name"].Value).Distinct().ToList();

        // A name with %s in it is made where it is used, for each component or store.
        bool IsUsed(string name) => used.Exists(use => Regex.IsMatch(name, $"^{Regex.Escape(use).Replace("%s", "[a-z]+", StringComparison.Ordinal)}$"));

        defined.Should().OnlyHaveUniqueItems();
        defined.Where(name => !IsUsed(name)).Should().BeEmpty();
        used.Where(use => !use.Contains("%s", StringComparison.Ordinal)).Should().BeSubsetOf(defined);
    }

    [Fact]
    public void Nothing_rendered_ends_in_a_blank_or_is_empty() =>
        CiCases.Names.Select(CiCases.Render).Should().OnlyContain(manifests =>
            !manifests.Rendered.Split('\n').Any(line => line.EndsWith(' ')));

    [Fact]
    public void No_empty_map_or_list_or_null_is_rendered_by_the_chart()
    {
        var empty = CiCases.Names.SelectMany(CiCases.Render)
            .SelectMany(manifest => manifest.Content.Walk().Select(item => (manifest, item.Path, item.Node)))
            // A selector without a label selects everything, on purpose.
            .Where(item => !item.Path.EndsWith("Selector", StringComparison.Ordinal))
            .Where(item => item.Node is null or System.Text.Json.Nodes.JsonObject { Count: 0 } or System.Text.Json.Nodes.JsonArray { Count: 0 })
            .Select(item => $"{item.manifest} {item.Path}");

        empty.Should().BeEmpty();
    }

    [Fact]
    public void Linting_the_defaults_has_nothing_to_say() =>
        HelmCli.Run(string.Empty, "lint", "--strict", Repository.Chart).Should().NotContainAny("[INFO]", "[WARNING]", "[ERROR]");

    [Fact]
    public void The_package_holds_no_test_case()
    {
        var folder = Directory.CreateTempSubdirectory("chart-tests-").FullName;
        var archive = Path.Combine(folder, $"taskrunner-{Repository.Versions.Chart}.tgz");
        HelmCli.Run(string.Empty, "package", Repository.Chart, "--destination", folder);

        var package = HelmCli.Run(string.Empty, "show", "all", archive);
        var rendered = Chart.RenderText(string.Empty, new RenderOptions(), archive);
        Directory.Delete(folder, recursive: true);

        package.Should().NotContain("# Case:");
        rendered.Should().Be(Chart.RenderText(string.Empty, new RenderOptions()));
    }

    [GeneratedRegex("""define "(?<name>[^"]+)" """)]
    private static partial Regex Definition();

    [GeneratedRegex("""include (\(printf )?"(?<name>taskrunner[^"]+)" """)]
    private static partial Regex Use();
}
