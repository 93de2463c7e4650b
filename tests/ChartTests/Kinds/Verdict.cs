using System.Text.RegularExpressions;
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
        catch (HelmException e) when (IsRefusal(e))
        {
            return null;
        }
    }

    /// <summary>What the schema or the templates say against the values; null when they take them.</summary>
    /// <exception cref="HelmException">A template broke: that is no refusal.</exception>
    public static string? Refusal(RenderRequest request)
    {
        try
        {
            _ = Chart.Render(request);
            return null;
        }
        catch (HelmException e) when (IsRefusal(e))
        {
            return e.Output;
        }
    }

    /// <summary>Whether a refusal names a path of keys, or one below it.</summary>
    public static bool Names(string refusal, string path) =>
        Regex.IsMatch(refusal, $@"(?<![\w.-]){Regex.Escape(path)}(?![\w-])");

    private static bool IsRefusal(HelmException e) =>
        e.IsOfTemplates || e.Output.Contains("meet the specifications of the schema", StringComparison.Ordinal);

    public static Manifests? Of(string values) => Of(new RenderRequest(values, new RenderOptions()));
}
