using System.Text.Json.Nodes;
using ChartTests.Rendering;
using FluentAssertions;
using Xunit;

namespace ChartTests.Kinds;

/// <summary>What would make one part of the chart disagree with another is refused, or all parts follow.</summary>
public sealed class ContradictionTests
{
    /// <summary>Variables that other parts of the chart are made for: probes, policies, scalers, schedules, other pods.</summary>
    private static readonly string[] OfTheChart =
    [
        "TASKRUNNER_HTTP_PORT", "TASKRUNNER_NAMESPACE", "TASKRUNNER_QUEUES", "TASKRUNNER_ROUTES", "TASKRUNNER_SCHEDULES_FILE",
        "TASKRUNNER_COUNT_QUEUES", "TASKRUNNER_BROKER_URL", "TASKRUNNER_BROKER_URL_FILE",
    ];

    private static readonly string[] OfWorkers = ["TASKRUNNER_CONCURRENCY", "TASKRUNNER_DRAIN_SECONDS", "TASKRUNNER_QUEUE_ORDER"];

    /// <summary>Where lists of variables stand.</summary>
    public static TheoryData<string> Places => ["", "worker.", "workers.default.", "beat.", "migrate.", "test."];

    public static TheoryData<string> Labels =>
    [
        "app.kubernetes.io/name", "app.kubernetes.io/instance", "app.kubernetes.io/component", "taskrunner.dev/pool",
    ];

    [Theory]
    [MemberData(nameof(Places))]
    public void A_variable_that_the_chart_is_made_for_is_not_set_past_it(string place) =>
        Unsaid(place, name => name).Should().BeEmpty("each contradicts the chart");

    [Theory]
    [MemberData(nameof(Places))]
    public void A_variable_whose_name_comes_out_of_a_template_is_not_set_past_it_either(string place) =>
        Unsaid(place, name => $"{{{{ print \"{name}\" }}}}").Should().BeEmpty("each contradicts the chart");

    [Theory]
    [MemberData(nameof(Labels))]
    public void Labels_of_the_user_take_no_pod_away_from_its_selector(string label)
    {
        foreach (var path in Components.All.Except(["test"]).Select(component => $"{component}.podLabels").Concat(["commonLabels", "podLabels"]))
        {
            var values = Components.Values(path, new JsonObject { [label] = "other" });

            if (Verdict.Of(values.ToJsonString()) is { } manifests)
            {
                Unmatched(manifests).Should().BeEmpty("{0} is taken", values.ToJsonString());
            }
        }
    }

    [Theory]
    [InlineData("extraContainers: [{ name: side, image: a, ports: [{ name: http, containerPort: 9000 }] }]")]
    [InlineData("worker: { extraContainers: [{ name: side, image: a, ports: [{ containerPort: 8000 }] }] }")]
    [InlineData("beat: { extraContainers: [{ name: side, image: a, ports: [{ name: http, containerPort: 8000 }] }] }")]
    public void A_sidecar_does_not_take_the_port_of_the_program(string values)
    {
        if (Verdict.Of(values) is { } manifests)
        {
            var taken = from workload in manifests.Workloads
                        let ports = workload.Containers.SelectMany(container => (container["ports"] as JsonArray ?? []).OfType<JsonObject>()).ToList()
                        where ports.CountBy(port => $"{port["containerPort"]}/{port["protocol"] ?? "TCP"}").Any(pair => pair.Value > 1)
                            || ports.CountBy(port => $"{port["name"]}").Any(pair => pair.Key.Length > 0 && pair.Value > 1)
                        select $"{workload}";

            taken.Should().BeEmpty();
        }
    }

    [Theory]
    [InlineData("podAnnotations: { prometheus.io/port: '9000' }")]
    [InlineData("worker: { podAnnotations: { prometheus.io/path: /other } }")]
    public void Annotations_for_the_scrape_stay_as_the_user_writes_them_or_are_refused(string values)
    {
        if (Verdict.Of(values) is { } manifests)
        {
            var wanted = Yaml.Parse(values)!.Walk().Single(item => item.Path.Contains("prometheus.io", StringComparison.Ordinal)).Node!;
            Components.Pod(manifests, "worker").PodAnnotations.Select(pair => $"{pair.Value}").Should().Contain($"{wanted}");
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Every_program_of_a_case_listens_where_its_probes_and_its_port_are(string file)
    {
        var manifests = CiCases.Render(file);
        var port = $"{manifests.Single("ConfigMap", name: "-config").At("data.TASKRUNNER_HTTP_PORT")}";
        var others = from workload in manifests.Workloads
                     from item in (workload.Container["ports"] as JsonArray ?? []).OfType<JsonObject>()
                     where $"{item["name"]}" == "http" && $"{item["containerPort"]}" != port
                     select $"{workload}";

        others.Should().BeEmpty();
    }

    public static TheoryData<string> Cases => CiCases.All;

    /// <summary>Variables that no sentence names when all of them are set: all mistakes are said at once.</summary>
    private static IEnumerable<string> Unsaid(string place, Func<string, string> written)
    {
        List<string> names = [.. OfTheChart, .. place.StartsWith("worker", StringComparison.Ordinal) ? OfWorkers : []];
        var list = new JsonArray([.. names.Select(name => new JsonObject { ["name"] = written(name), ["value"] = "9000" })]);
        var refusal = "";
        try
        {
            _ = Chart.Render(Components.Values($"{place}extraEnv", list).ToJsonString());
        }
        catch (HelmException e) when (e.IsOfTemplates)
        {
            refusal = e.Output;
        }

        return names.Where(name => !refusal.Split([' ', ',', ':']).Contains(name));
    }

    /// <summary>Selectors that find none of the pods that they are for.</summary>
    private static IEnumerable<string> Unmatched(Manifests manifests) =>
        from manifest in manifests
        let labels = manifest.At("spec.selector.matchLabels") ?? manifest.At("spec.podSelector.matchLabels")
        let selector = (manifest.Kind == "Service" ? manifest.At("spec.selector") : labels) as JsonObject
        where selector is { Count: > 0 }
        let pods = manifest.Pod is null ? manifests.Workloads : [manifest]
        where !pods.Any(pod => selector.All(pair => JsonNode.DeepEquals(pod.Pod!["metadata"]!["labels"]?[pair.Key], pair.Value)))
        select $"{manifest} selects {selector.ToJsonString()}";
}
