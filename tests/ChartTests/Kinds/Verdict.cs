using System.Text.RegularExpressions;
using ChartTests.Rendering;

namespace ChartTests.Kinds;

/// <summary>What the chart makes of values that it may refuse.</summary>
internal static class Verdict
{
    /// <summary>The objects; null when the schema or the templates refuse the values.</summary>
    /// <exception cref="HelmException">A template broke: that is no refusal.</exception>
    public static Manifests? Of(RenderRequest request) => Judge(request).Objects;

    public static Manifests? Of(string values) => Of(new RenderRequest(values, new RenderOptions()));

    /// <summary>What the schema or the templates say against the values; null when they take them.</summary>
    /// <exception cref="HelmException">A template broke: that is no refusal.</exception>
    public static string? Refusal(RenderRequest request) => Judge(request).Refusal;

    /// <summary>Whether a refusal names a path of keys, or one below it.</summary>
    public static bool Names(string refusal, string path) => Regex.IsMatch(refusal, $@"(?<![\w.-]){Regex.Escape(path)}(?![\w-])");

    private static (Manifests? Objects, string? Refusal) Judge(RenderRequest request)
    {
        try
        {
            return (Chart.Render(request), null);
        }
        catch (HelmException e)
            when (e.IsOfTemplates || e.Output.Contains("meet the specifications of the schema", StringComparison.Ordinal))
        {
            return (null, e.Output);
        }
    }
}
