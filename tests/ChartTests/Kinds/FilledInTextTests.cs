using System.Text.Json;
using ChartTests.Rendering;
using FluentAssertions;
using Xunit;

namespace ChartTests.Kinds;

/// <summary>What a template gives stays one text, whatever it holds, beside entries that have nothing to do with it.</summary>
public sealed class FilledInTextTests
{
    private static readonly string[] Texts = ["shop: core", "abc #def", "it's", "\"quoted\"", "line 1\nline 2", "[a", "{a", "*a", "8", "true", "~", "- a", "a: [", "%", "@x", " "];

    public static TheoryData<string, string> Places => new()
    {
        { "podAnnotations: { odd: TEXT, other: stays }", "spec.template.metadata.annotations" },
        { "worker: { annotations: { odd: TEXT, other: stays } }", "metadata.annotations" },
        { "extraEnv: [{ name: ODD, value: TEXT }, { name: OTHER, value: stays }]", "spec.template.spec.containers[0].env" },
        { "worker: { command: [TEXT, stays] }", "spec.template.spec.containers[0].command" },
        { "worker: { extraArgs: [TEXT, stays] }", "spec.template.spec.containers[0].args" },
        { "worker: { lifecycle: { preStop: { exec: { command: [TEXT, stays] } } } }", "spec.template.spec.containers[0].lifecycle" },
        { "initContainers: [{ name: a, image: b, args: [TEXT, stays] }]", "spec.template.spec.initContainers" },
        { "extraVolumes: [{ name: odd, csi: { driver: stays, volumeAttributes: { a: TEXT } } }]", "spec.template.spec.volumes" },
    };

    [Theory]
    [MemberData(nameof(Places))]
    public void Any_text_that_a_template_gives_arrives_as_it_is(string values, string path)
    {
        Chart.Prepare(Texts.Select(text => Given(text, values)));

        foreach (var text in Texts)
        {
            var found = Chart.Render(Given(text, values)).Single("Deployment", component: "worker").At(path).Walk()
                .Select(item => item.Node?.ToString()).ToList();

            found.Should().Contain(text).And.Contain("stays");
        }
    }

    [Fact]
    public void Templates_in_globals_of_other_charts_are_left_alone() =>
        Chart.Render("global: { url: 'https://{{ .Values.domain }}/x', other: '{{ include \"other\" . }}', note: '{{msg}}' }").Has("Deployment").Should().BeTrue();

    private static string Given(string text, string values)
    {
        var templated = values.Replace("TEXT", "'{{ .Values.global.given }}'", StringComparison.Ordinal);
        return $"global: {{ given: {JsonSerializer.Serialize(text)} }}\n{templated}";
    }
}
