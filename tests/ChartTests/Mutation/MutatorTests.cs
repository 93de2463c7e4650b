using FluentAssertions;
using Xunit;

namespace ChartTests.Mutation;

/// <summary>The maker of mistakes: each kind of line gives the mistakes that are meant, and no other.</summary>
public sealed class MutatorTests
{
    [Theory]
    [InlineData("{{- if .Values.a }}", "{{- if not (.Values.a) }}")]
    [InlineData("{{- else if .Values.a }}", "{{- else if not (.Values.a) }}")]
    [InlineData("{{- with .Values.a }}", "{{- if .Values.a }}")]
    [InlineData("{{- if and .a (eq .b .c) }}", "{{- if not (and .a (eq .b .c)) }}", "{{- if or .a (eq .b .c) }}", "{{- if and .a (ne .b .c) }}")]
    [InlineData("  type: Opaque", "", "  type: Opaquex")]
    [InlineData("  port: 6379", "", "  port: 6380")]
    [InlineData("  readOnly: true", "", "  readOnly: false")]
    [InlineData("  name: {{ .a | quote }}", "", "  name: \"\"")]
    [InlineData("{{- end }}")]
    [InlineData("{{- range .Values.a }}")]
    [InlineData("{{/* if true */}}")]
    [InlineData("# port: 1")]
    [InlineData("  mode: 288 # 0440", "", "  mode: 289 # 0440")]
    [InlineData("  - name: b", "", "  - name: bx")]
    [InlineData("  {{- toYaml $a | nindent 4 }}", "", "  \"\"")]
    public void A_line_gives_these_mistakes(string line, params string[] mistakes) =>
        Mutator.Mutants("a.yaml", line).Select(mutant => mutant.After).Should().Equal(mistakes);

    [Theory]
    [InlineData("a: {{ .b }}", true)]
    [InlineData("a: {{ $b }}", false)]
    [InlineData("a: b", false)]
    [InlineData("a: b\nc: {{ .d }}", true)]
    [InlineData("{{- if $b }}\na: b\n{{- end }}\nc: {{ .d }}", true)]
    public void If_becomes_with_only_where_a_dot_is_in_the_block(string inside, bool isSwapped) =>
        Mutator.Mutants("a.yaml", $"{{{{- if .a }}}}\n{inside}\n{{{{- end }}}}\ne: {{{{ .f }}}}").Any(mutant => mutant.Line == 1 && mutant.Kind == "swapped").Should().Be(isSwapped);

    [Fact]
    public void A_default_can_get_lost() =>
        Mutator.Mutants("a.yaml", "  a: {{ .b | default .c | quote }}").Should().Contain(mutant => mutant.After == "  a: {{ .b | quote }}");

    [Fact]
    public void A_mistake_changes_its_line_alone()
    {
        var mutant = new Mutant("a.yaml", 2, "constant", "b: 1", "b: 2");

        mutant.Apply("a: 1\nb: 1\nc: 1").Should().Be("a: 1\nb: 2\nc: 1");
        (mutant with { After = string.Empty }).Apply("a: 1\nb: 1\nc: 1").Should().Be("a: 1\nc: 1");
    }

    [Fact]
    public void A_comment_of_many_lines_gives_none() => Mutator.Mutants("a.tpl", "{{/*\nport: 1\n*/}}").Should().BeEmpty();
}
