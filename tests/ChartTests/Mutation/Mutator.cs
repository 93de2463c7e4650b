using System.Globalization;
using System.Text.RegularExpressions;

namespace ChartTests.Mutation;

/// <summary>
/// Makes the mistakes that people make in templates: a condition the wrong way round, a value or a line that got lost, another constant,
/// <c>with</c> for <c>if</c>. What only changes how the YAML is written (quotes, blanks) is no mistake and is not made.
/// </summary>
internal static partial class Mutator
{
    private static readonly (string From, string To)[] Words =
        [("and", "or"), ("or", "and"), ("eq", "ne"), ("ne", "eq"), ("gt", "lt"), ("lt", "gt"), ("ge", "lt"), ("le", "gt")];

    /// <summary>Every mistake in the text of a template, in the order of its lines.</summary>
    public static IEnumerable<Mutant> Mutants(string file, string text)
    {
        var lines = text.Split('\n');
        var comments = CommentLines(text);
        for (var i = 0; i < lines.Length; i++)
        {
            var line = lines[i];
            if (string.IsNullOrWhiteSpace(line) || comments.Contains(i) || line.TrimStart().StartsWith('#'))
            {
                continue;
            }

            foreach (var (kind, after) in Changes(line, Inside(lines, i)).Where(change => change.After != line).DistinctBy(change => change.After))
            {
                yield return new Mutant(file, i + 1, kind, line, after);
            }
        }
    }

    /// <summary>The lines of the block that a line opens, up to its end.</summary>
    private static IEnumerable<string> Inside(string[] lines, int opening)
    {
        var depth = 1;
        for (var i = opening + 1; i < lines.Length; i++)
        {
            depth += Opens().Count(lines[i]) - Closes().Count(lines[i]);
            if (depth <= 0)
            {
                yield break;
            }

            yield return lines[i];
        }
    }

    private static IEnumerable<(string Kind, string After)> Changes(string line, IEnumerable<string> block) =>
    [
        .. Conditions(line, block), .. Lost(line), .. Words.SelectMany(word => Replaced(line, word.From, word.To)), .. Constants(line), .. Stages(line),
    ];

    private static IEnumerable<(string, string)> Conditions(string line, IEnumerable<string> inside)
    {
        if (Condition().Match(line) is { Success: true } condition)
        {
            var expression = condition.Groups["expression"];
            yield return ("negated", Splice(line, expression, $"not ({expression.Value})"));
        }

        // "with" in place of "if" changes what the dot means, and nothing in a block without a dot.
        if (Block().Match(line) is { Success: true } block && (block.Groups["word"].Value == "with" || inside.Any(Dot().IsMatch)))
        {
            var word = block.Groups["word"];
            yield return ("swapped", Splice(line, word, word.Value == "if" ? "with" : "if"));
        }
    }

    /// <summary>A line without a block in it can be lost as a whole; an expression in a line can be lost too.</summary>
    private static IEnumerable<(string, string)> Lost(string line)
    {
        if (!Structure().IsMatch(line))
        {
            yield return ("line lost", string.Empty);
        }

        foreach (var expression in Inline().Matches(line).Where(_ => !Structure().IsMatch(line) && !Assignment().IsMatch(line)))
        {
            yield return ("value lost", line.Remove(expression.Index, expression.Length).Insert(expression.Index, "\"\""));
        }
    }

    private static IEnumerable<(string, string)> Replaced(string line, string from, string to) =>
        Action().Matches(line).SelectMany(action => Regex.Matches(action.Value, $@"(?<=[{{( ]){from}(?= )(?=[^""]*(""[^""]*""[^""]*)*$)")
            .Select(word => ($"{from} to {to}", line.Remove(action.Index + word.Index, from.Length).Insert(action.Index + word.Index, to))));

    private static IEnumerable<(string, string)> Constants(string line)
    {
        if (Structure().IsMatch(line) && !line.Contains("{{", StringComparison.Ordinal))
        {
            yield break;
        }

        foreach (var number in Number().Matches(line).Where(number => !InQuotes(line, number.Index) && !InComment(line, number.Index)))
        {
            var next = long.Parse(number.Value, CultureInfo.InvariantCulture) + 1;
            yield return ("constant", Splice(line, number, next.ToString(CultureInfo.InvariantCulture)));
        }

        foreach (var truth in Truth().Matches(line).Where(truth => !InQuotes(line, truth.Index)))
        {
            yield return ("constant", Splice(line, truth, truth.Value == "true" ? "false" : "true"));
        }

        if (Plain().Match(line) is { Success: true } plain)
        {
            yield return ("constant", Splice(line, plain.Groups["value"], $"{plain.Groups["value"].Value}x"));
        }

        foreach (var text in Text().Matches(line).Where(text => !NotData(line[..text.Index])))
        {
            yield return ("constant", Splice(line, text.Groups["value"], $"{text.Groups["value"].Value}x"));
        }
    }

    private static IEnumerable<(string, string)> Stages(string line) =>
        Stage().Matches(line).Select(stage => ("stage lost", line.Remove(stage.Index, stage.Length)));

    private static string Splice(string line, Capture part, string replacement) =>
        line.Remove(part.Index, part.Length).Insert(part.Index, replacement);

    private static bool InQuotes(string line, int index) => line[..index].Count(c => c == '"') % 2 == 1;

    private static bool InComment(string line, int index) => line[..index].Contains(" # ", StringComparison.Ordinal);

    /// <summary>A name of a template, or a key of the dictionary by which templates pass arguments: another one is an error, no mistake.</summary>
    private static bool NotData(string before) => Passing().IsMatch(before);

    private static HashSet<int> CommentLines(string text)
    {
        var lines = new HashSet<int>();
        foreach (var comment in Comment().Matches(text).Cast<Match>())
        {
            var first = text[..comment.Index].Count(c => c == '\n');
            lines.UnionWith(Enumerable.Range(first, comment.Value.Count(c => c == '\n') + 1));
        }

        return lines;
    }

    [GeneratedRegex(@"\{\{-? (else )?if (?<expression>.+?) -?\}\}")]
    private static partial Regex Condition();

    [GeneratedRegex(@"\{\{-? (?<word>if|with) ")]
    private static partial Regex Block();

    [GeneratedRegex(@"\{\{-? ?(if|with|range|else|end|define|template|block)\b|^\s*(-|[{}\])]+)?\s*$|^\s*\w[^{}]*[\(]$|^\s*(""|\().*[^}]$|\(list$")]
    private static partial Regex Structure();

    [GeneratedRegex(@"(?<!\w)\{\{-? (?!\$).+? -?\}\}")]
    private static partial Regex Inline();

    [GeneratedRegex(@"\{\{-? \$")]
    private static partial Regex Assignment();

    [GeneratedRegex(@"\{\{-? *(if|with|range|define|block) ")]
    private static partial Regex Opens();

    [GeneratedRegex(@"\{\{-? *end *-?\}\}")]
    private static partial Regex Closes();

    [GeneratedRegex(@"\{\{[^}]*[( ]\.(?=[\w )])")]
    private static partial Regex Dot();

    [GeneratedRegex(@"\{\{.+?\}\}|^  .*$")]
    private static partial Regex Action();

    [GeneratedRegex(@"(?<![\w.""$\-/])(?<!n?indent )[0-9]+(?![\w.%""/\-])")]
    private static partial Regex Number();

    [GeneratedRegex(@"(?<![\w.""/])(true|false)(?![\w""/])")]
    private static partial Regex Truth();

    [GeneratedRegex(@"^\s*(- )?[\w./-]+: (?<value>(?!(true|false)$)[A-Za-z/][\w./-]*)$")]
    private static partial Regex Plain();

    [GeneratedRegex(@"""(?<value>[A-Za-z][^""\\]*)""")]
    private static partial Regex Text();

    [GeneratedRegex(@" \| (default|trunc|trimSuffix|replace|uniq|sortAlpha|lower|mul|add|sub|max|min|not|b64enc|sha256sum)( [^|)}]*?)?(?= \||\)| -?\}\})")]
    private static partial Regex Stage();

    [GeneratedRegex(@"(include|define|dict|hasKey [^ ]+|""root"" [^ ]+|get [^ ]+|kindIs) $|dict (""\w+"" (\([^()]*\)|[^ ]+) )*$|(regexMatch|regexReplaceAll|printf|print) $")]
    private static partial Regex Passing();

    [GeneratedRegex(@"\{\{-? ?/\*.*?\*/ ?-?\}\}", RegexOptions.Singleline)]
    private static partial Regex Comment();
}
