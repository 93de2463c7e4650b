using ChartTests.Rendering;

namespace ChartTests.Kinds;

/// <summary>What the chart makes of values that it may refuse.</summary>
internal static class Verdict
{
    /// <summary>The objects; null when the schema or the templates refuse the values.</summary>
    /// <exception cref="HelmException">A template broke: that is no refusal.</exception>
    public static Manifests? Of(RenderRequest request)
    {
        try
        {
            return Chart.Render(request);
        }
        catch (HelmException e) when (e.IsOfTemplates || e.Output.Contains("meet the specifications of the schema", StringComparison.Ordinal))
        {
            return null;
        }
    }

    public static Manifests? Of(string values) => Of(new RenderRequest(values, new RenderOptions()));
}
