using ChartTests.Mutation;
using ChartTests.Rendering;

namespace ChartMutants;

/// <summary>All mutants of a chart's templates, and copies of the chart with one of them.</summary>
internal static class MutantSource
{
    public static IEnumerable<Mutant> Read(string chart)
    {
        var templates = Path.Combine(chart, "templates");
        return Directory.EnumerateFiles(templates, "*.*", SearchOption.AllDirectories)
            .Select(file => Path.GetRelativePath(templates, file))
            .Order(StringComparer.Ordinal)
            .SelectMany(file => Mutator.Mutants(file, File.ReadAllText(Path.Combine(templates, file))));
    }

    /// <summary>A copy of the chart with the mutant in it; its path.</summary>
    public static string Plant(string chart, Mutant mutant) => ChartCopy.Make(chart, folder =>
    {
        var file = Path.Combine(folder, "templates", mutant.File);
        File.WriteAllText(file, mutant.Apply(File.ReadAllText(file)));
    });
}
