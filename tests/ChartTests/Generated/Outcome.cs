using ChartTests.Rendering;

namespace ChartTests.Generated;

/// <summary>What became of a set of values: objects, a refusal of the schema, a sentence of the templates, or a template that broke.</summary>
/// <param name="Text">The objects, or what Helm says.</param>
/// <param name="Notes">What Helm tells the user.</param>
internal sealed record Outcome(string Kind, string Text, string Notes = "")
{
    public const string Rendered = "rendered";
    public const string Schema = "refused by the schema";
    public const string Templates = "refused by the templates";
    public const string Broken = "broke a template";

    public static Outcome Of(Func<RenderedFiles> render)
    {
        try
        {
            var files = render();
            return new(Rendered, files.Objects, files.Notes);
        }
        catch (HelmException e) when (e.IsOfTemplates)
        {
            return new(Templates, e.Output);
        }
        catch (HelmException e) when (e.Output.Contains("meet the specifications of the schema", StringComparison.Ordinal))
        {
            // Each Helm says it in its own words.
            return new(Schema, string.Empty);
        }
        catch (HelmException e)
        {
            return new(Broken, e.Output);
        }
    }
}
