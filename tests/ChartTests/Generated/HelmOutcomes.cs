using ChartTests.Rendering;

namespace ChartTests.Generated;

/// <summary>Renders sets of values with one Helm, many in each run.</summary>
internal static class HelmOutcomes
{
    public static IReadOnlyList<Outcome> Of(string helm, IReadOnlyList<RenderRequest> requests)
    {
        var renderer = new BatchRenderer(Repository.Chart, HelmVersions.Program(helm));
        try
        {
            return [.. new RenderQueue(renderer).RenderAll(requests).Select(Outcome.Of)];
        }
        finally
        {
            renderer.Delete();
        }
    }
}
