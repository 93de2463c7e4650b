using System.Text.Json.Nodes;
using ChartTests.Generated;
using ChartTests.Rendering;
using FluentAssertions;
using TaskRunner.Tests.Support;
using Xunit;

namespace ChartTests.Kinds;

/// <summary>
/// A template in any text is filled in, or the text is refused: a placeholder that reaches the cluster as it is fails there, much later.
/// </summary>
public sealed class BraceTests
{
    private const string Braces = "{{ .Release.Name }}";

    /// <summary>Text in which braces may be meant as they are, each with who reads it.</summary>
    private static readonly Dictionary<string, string> Meant = new()
    {
        ["metrics.rules.additionalGroups"] = "Prometheus fills in its own",
        ["rawObjects"] = "as they are by name",
        ["metrics.monitor.metricRelabelings"] = "as relabelings",
        ["metrics.monitor.relabelings"] = "filled in, and then the release's name stands where the operator wants one of its words",
        ["extraObjects"] = "whole objects as text; what is in them is filled in, as other tests show",
    };

    private static readonly ValuesSchema Schema = ValuesSchema.Read();

    /// <summary>Keys with text in or below them; of what all pods share, those at the top and of the worker: others go the same way.</summary>
    private static readonly IReadOnlyList<string> All =
    [
        .. Schema.Paths.Where(HasText)
            .Where(path => !Meant.Keys.Any(meant => path == meant || path.StartsWith($"{meant}.", StringComparison.Ordinal)))
            .Where(path => !IsSaidByTheWorker(path)),
    ];

    private static readonly string[] Drawn = DailySample.Of(All, All.Count / 3, "chart");

    private static readonly Lazy<Dictionary<string, RenderRequest>> Requests = new(() => Drawn.ToDictionary(path => path, Request));

    public static TheoryData<string> Paths => [.. Drawn];

    [Theory]
    [MemberData(nameof(Paths))]
    public void A_template_in_a_text_is_filled_in_or_refused(string path)
    {
        Chart.Prepare(Requests.Value.Values);
        var request = Requests.Value[path];

        if (Verdict.Of(request) is { } manifests)
        {
            var left = from manifest in manifests
                       from item in manifest.Content.Walk()
                       where item.Node is JsonValue value && value.ToString().Contains(Braces, StringComparison.Ordinal)
                       select $"{manifest} {item.Path}";

            left.Should().BeEmpty("{0} is taken", request.Values);
        }
    }

    /// <summary>Whether a key is one that all pods share, in another component than the worker.</summary>
    private static bool IsSaidByTheWorker(string path) => path.Split('.') is [var component, var key, ..]
        && component != "worker" && Components.All.Contains(component) && Components.SharedKeys.Contains(key);

    private static bool HasText(string path)
    {
        var flat = Schema.Flat(Schema.At(path));
        return flat["properties"] is null && flat["enum"] is null
            && ValuesSchema.Types(flat).Any(type => type is "string" or "array" or "object");
    }

    private static RenderRequest Request(string path)
    {
        var file = FullCases.Leaves.FirstOrDefault(leaf => leaf.Path == path)?.Case ?? "everything-values.yaml";
        var maker = new ValueMaker(Schema, new Random(1)) { Only = Braces };
        _ = maker.TryMake(Schema.At(path), path[(path.LastIndexOf('.') + 1)..], out var value);
        return new(Components.Values(path, value).ToJsonString(), new RenderOptions(CiCase: file, KubeVersion: HelmVersions.Kubernetes));
    }
}
