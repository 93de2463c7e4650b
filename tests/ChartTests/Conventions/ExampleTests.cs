using ChartTests.Rendering;
using FluentAssertions;
using Xunit;

namespace ChartTests.Conventions;

/// <summary>The values files that users copy.</summary>
public sealed class ExampleTests
{
    private static readonly string Folder = Path.Combine(Repository.Root, "examples", "values");

    private static readonly string[] OfParents = ["subchart.yaml", "umbrella.yaml"];

    /// <summary>All but the values of a parent chart, which <see cref="SubchartTests"/> has.</summary>
    public static TheoryData<string> Files =>
        [.. Directory.EnumerateFiles(Folder).Select(file => Path.GetFileName(file)).Where(file => !OfParents.Contains(file)).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Files))]
    public void An_example_renders_objects_that_Kubernetes_takes(string file) =>
        Chart.Render(File.ReadAllText(Path.Combine(Folder, file)), new RenderOptions(IsBare: true)).Has("Deployment", component: "worker").Should().BeTrue();

    [Theory]
    [MemberData(nameof(Files))]
    public void The_readme_names_it(string file) =>
        Repository.ReadChartFile("README.md").Should().Contain($"`{Path.GetFileNameWithoutExtension(file)}`");
}
