using System.Text.RegularExpressions;

namespace ChartTests.Rendering;

/// <summary>Templates as text, so that those of many files fit into one.</summary>
internal static partial class TemplateText
{
    /// <summary>What a file renders as a template of the given name, with what it defines before it: definitions do not nest.</summary>
    public static string Define(string name, string text)
    {
        var definitions = Definitions(text).ToList();
        // The blanks around a definition stay or go as before.
        var body = definitions.Aggregate(text, (rest, definition) => rest.Replace(definition, Trims(definition), StringComparison.Ordinal));
        return $"{string.Concat(definitions)}{{{{ define \"{name}\" }}}}{body}{{{{ end }}}}";
    }

    private static IEnumerable<string> Definitions(string text)
    {
        for (var start = Definition().Match(text); start.Success; start = start.NextMatch())
        {
            var depth = 1;
            var tag = BlockTag().Match(text, start.Index + start.Length);
            for (; (depth += tag.Groups["opens"].Success ? 1 : -1) > 0; tag = tag.NextMatch())
            {
            }

            yield return text[start.Index..(tag.Index + tag.Length)];
        }
    }

    private static string Trims(string definition)
    {
        var opening = definition.StartsWith("{{-", StringComparison.Ordinal) ? "{{-" : "{{";
        var closing = definition.EndsWith("-}}", StringComparison.Ordinal) ? "-}}" : "}}";
        return $"{opening} \"\" {closing}";
    }

    [GeneratedRegex(@"\{\{-? *define ")]
    private static partial Regex Definition();

    [GeneratedRegex(@"\{\{-? *(?<opens>if|with|range|define|block)\b|\{\{-? *end *-?\}\}")]
    private static partial Regex BlockTag();
}
