using System.Text.Json.Nodes;
using FluentAssertions;
using Xunit;

namespace ChartTests.Rendering;

/// <summary>A batch must give what a user gets from helm, for each of these sets of values.</summary>
public sealed class BatchRendererTests
{
    public static TheoryData<string> Cases => CiCases.All;

    public static TheoryData<string> Helms => [.. HelmVersions.All];

    [Theory]
    [MemberData(nameof(Cases))]
    public void A_case_renders_in_a_batch_as_it_does_alone(string file) => ShouldAgree(string.Empty, new RenderOptions(CiCase: file));

    [Theory]
    [InlineData("")]
    [InlineData("worker: { replicas: 0, resources: null }")]
    [InlineData("worker: { resources: { limits: { cpu: null } }, strategy: { rollingUpdate: null } }")]
    [InlineData("workers: { default: null, slow: { concurrency: 2 }, fast: {} }")]
    [InlineData("global: { imageRegistry: r.example, other: { deep: 1 } }")]
    [InlineData("config: { maxPayloadBytes: 1048576 }\ncommonLabels: { a: '{{ .Release.Name }}' }")]
    [InlineData("commonAnnotations: { a: '{{ include \"taskrunner.name\" . }} ', b: \"{{ include `taskrunner.namespace` . -}} \" }")]
    [InlineData("podSecurityContext: { runAsUser: null, runAsGroup: null, fsGroup: null }")]
    public void Values_render_in_a_batch_as_they_do_alone(string values) => ShouldAgree(values, new RenderOptions());

    [Fact]
    public void Options_reach_a_batch() =>
        ShouldAgree(string.Empty, new RenderOptions("other", "elsewhere", KubeVersion: "1.20.2", ApiVersions: "keda.sh/v1alpha1", IsUpgrade: true));

    [Fact]
    public void A_refused_set_of_values_is_told_apart_from_those_beside_it()
    {
        var queue = new RenderQueue(new BatchRenderer(Repository.Chart));
        string[] values = ["", "worker: { replica: 1 }", "beat: { replicas: 2 }", "redis: { enabled: false }"];

        var results = queue.RenderAll([.. values.Select(text => new RenderRequest(text, new()))]);

        results.Select(Refused).Should().Equal(false, true, false, true);
    }

    [Fact]
    public void What_the_schema_refuses_values_with_tells_of_no_other_set_of_the_batch()
    {
        var queue = new RenderQueue(new BatchRenderer(Repository.Chart));
        string[] values = ["worker: { replica: 1 }", "beat: { replicaz: 2 }"];

        var messages = queue.RenderAll([.. values.Select(text => new RenderRequest(text, new()))])
            .Select(result => result.Should().Throw<HelmException>().Which.Output).ToList();

        messages[0].Should().Contain("- worker: ").And.Contain("replica ").And.NotContain("beat").And.NotContain("case-");
        messages[1].Should().Contain("- beat: ").And.Contain("replicaz ").And.NotContain("worker").And.NotContain("case-");
    }

    [Fact]
    public void What_the_templates_refuse_values_with_is_what_helm_says()
    {
        const string values = "queues: [a, b]\nworkers: { default: { queues: [a] } }\nbroker: { host: r.example }";
        var alone = HelmTemplate.Refusal(Repository.Chart, new RenderRequest(values, new()))!;
        var mistakes = Chart.Refusal(values).Split('\n').Where(line => line.StartsWith("- ", StringComparison.Ordinal)).ToList();

        mistakes.Should().HaveCount(2).And.OnlyContain(line => alone.Contains($"\n{line}\n", StringComparison.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Helms))]
    public void A_chart_that_helm_cannot_parse_is_told_in_a_line(string version)
    {
        var broken = ChartCopy.Make(folder => File.AppendAllText(Path.Combine(folder, "templates", "_names.tpl"), "{{ end }}"));
        var render = () => new BatchRenderer(broken, HelmVersions.Program(version)).Render([new(string.Empty, new())]);

        var output = render.Should().Throw<HelmException>().Which.Output;
        output.Should().Contain("parse error");
        output.Length.Should().BeLessThan(2000);
    }

    private static bool Refused(Func<RenderedFiles> result)
    {
        try
        {
            return result().Objects.Length == 0;
        }
        catch (HelmException)
        {
            return true;
        }
    }

    private static void ShouldAgree(string values, RenderOptions options) =>
        Sorted(Chart.Render(values, options)).Should().Equal(Sorted(new Manifests(Chart.RenderedAlone(values, options))));

    private static IEnumerable<string> Sorted(Manifests manifests) =>
        manifests.Select(manifest => manifest.Content).Select(Canonical).Order(StringComparer.Ordinal);

    private static string Canonical(JsonObject manifest) =>
        string.Join('\n', manifest.Walk().Where(item => item.Node is not JsonObject).Select(item => $"{item.Path} {item.Node?.ToJsonString()}"));
}
