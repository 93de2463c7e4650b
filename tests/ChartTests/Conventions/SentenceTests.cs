using System.Globalization;
using System.Text.RegularExpressions;
using ChartTests.Rendering;
using FluentAssertions;
using Xunit;

namespace ChartTests.Conventions;

/// <summary>Templates name sentences by key. Of a sentence that is not there the key is said, and of a missing argument nothing.</summary>
public sealed partial class SentenceTests
{
    private const string Call = "include \"taskrunner.sentences\" ";

    private static readonly Dictionary<string, string> Sentences = Yaml.Parse(Repository.ReadChartFile("files/sentences.yaml"))!.AsObject()
        .ToDictionary(pair => pair.Key, pair => pair.Value!.ToString());

    [Fact]
    public void Every_key_that_a_template_names_is_a_sentence_and_every_sentence_is_said() =>
        Said().Select(said => said.Key).Distinct().Should().BeEquivalentTo(Sentences.Keys);

    [Fact]
    public void Every_sentence_gets_the_arguments_that_it_asks_for() =>
        Said().Where(said => said.Arguments != Asked(Sentences[said.Key])).Should().BeEmpty();

    [Fact]
    public void A_sentence_asks_for_five_arguments_at_most_and_numbers_all_of_them_or_none() =>
        Sentences.Values.Should().OnlyContain(sentence => Asked(sentence) <= 5
            && Verb().Matches(sentence).Select(verb => Number(verb).HasValue).Distinct().Count() <= 1
            && !Verb().Replace(sentence, string.Empty).Contains('%'));

    private static int Asked(string sentence) =>
        Verb().Matches(sentence).Select((verb, index) => Number(verb) ?? index + 1).DefaultIfEmpty().Max();

    private static int? Number(Match verb) =>
        verb.Groups["number"] is { Success: true } number ? int.Parse(number.ValueSpan, CultureInfo.InvariantCulture) : null;

    /// <summary>The sentences that templates say, each with how many arguments it gets.</summary>
    private static List<(string Key, int Arguments)> Said() =>
    [
        .. from file in Directory.EnumerateFiles(Path.Combine(Repository.Chart, "templates"), "*.*", SearchOption.AllDirectories)
           from call in File.ReadAllText(file).Split(Call).Skip(1)
           from sentence in Terms(call).Skip(2)
           let terms = Terms(sentence)
           select (terms[1].Trim('"'), terms.Count - 3),
    ];

    /// <summary>What stands in the brackets with which an expression begins: the function and its arguments.</summary>
    private static List<string> Terms(string expression)
    {
        var terms = new List<string>();
        var depth = 0;
        var start = 1;
        foreach (var token in Token().Matches(expression).Cast<Match>())
        {
            depth += token.Value switch { "(" => 1, ")" => -1, _ => 0 };
            if (depth == 0 || (depth == 1 && string.IsNullOrWhiteSpace(token.Value)))
            {
                terms.Add(expression[start..token.Index]);
                start = token.Index + token.Length;
            }

            if (depth == 0)
            {
                break;
            }
        }

        return terms;
    }

    [GeneratedRegex(@"%(\[(?<number>[0-9])\])?[dqsv]")]
    private static partial Regex Verb();

    [GeneratedRegex("""[()]|\s+|"(\\.|[^"\\])*"|`[^`]*`|[^()\s"`]+""")]
    private static partial Regex Token();
}
