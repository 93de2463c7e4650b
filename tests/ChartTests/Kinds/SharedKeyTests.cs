using System.Text.Json.Nodes;
using ChartTests.Rendering;
using FluentAssertions;
using Xunit;

namespace ChartTests.Kinds;

/// <summary>Every key that all pods share reaches every pod, from the top and from the component, or the component refuses it.</summary>
public sealed class SharedKeyTests
{
    /// <summary>What README says is not for a pod: bundled stores are not the program, and what must end has no containers that stay.</summary>
    private static readonly Dictionary<string, string[]> NotFor = new()
    {
        ["extraEnv"] = ["redis", "postgresql"],
        ["extraEnvFrom"] = ["redis", "postgresql"],
        ["extraVolumes"] = ["redis", "postgresql"],
        ["extraVolumeMounts"] = ["redis", "postgresql"],
        ["initContainers"] = ["redis", "postgresql"],
        ["extraContainers"] = ["migrate", "test", "redis", "postgresql"],
        ["lostNodeSeconds"] = ["test", "redis", "postgresql"],
        ["image"] = ["redis", "postgresql"],
    };

    /// <summary>Something that is not the default, for each key.</summary>
    private static readonly Dictionary<string, string> Samples = new()
    {
        ["podLabels"] = "{ probe: abc }",
        ["podAnnotations"] = "{ probe: abc }",
        ["podSecurityContext"] = "{ supplementalGroups: [4711] }",
        ["securityContext"] = "{ runAsUser: 4711 }",
        ["nodeSelector"] = "{ probe: abc }",
        ["tolerations"] = "[{ key: probe, operator: Exists }]",
        ["affinity"] = "{ nodeAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [] } }",
        ["topologySpreadConstraints"] = "[{ maxSkew: 3, topologyKey: probe, whenUnsatisfiable: DoNotSchedule }]",
        ["lostNodeSeconds"] = "4711",
        ["priorityClassName"] = "probe",
        ["runtimeClassName"] = "probe",
        ["schedulerName"] = "probe",
        ["hostAliases"] = "[{ ip: 10.9.8.7, hostnames: [probe] }]",
        ["dnsPolicy"] = "Default",
        ["dnsConfig"] = "{ searches: [probe] }",
        ["tmpSizeLimit"] = "4711Mi",
        ["extraEnv"] = "[{ name: PROBE, value: abc }]",
        ["extraEnvFrom"] = "[{ secretRef: { name: probe } }]",
        ["extraVolumes"] = "[{ name: probe, emptyDir: {} }]",
        ["extraVolumeMounts"] = "[{ name: tmp, mountPath: /probe }]",
        ["initContainers"] = "[{ name: before, image: a }]",
        ["extraContainers"] = "[{ name: beside, image: a }]",
        ["image"] = "{ tag: probe }",
        ["resources"] = "{ requests: { cpu: 47m } }",
        ["terminationGracePeriodSeconds"] = "4711",
        ["annotations"] = "{ probe: abc }",
        ["labels"] = "{ probe: abc }",
        ["hostUsers"] = "false",
        ["shareProcessNamespace"] = "true",
        ["resourceClaims"] = "[{ name: probe, resourceClaimName: probe }]",
        ["serviceAccount"] = "{ name: probe }",
        ["automountServiceAccountToken"] = "true",
    };

    // Some keys are younger than the oldest Kubernetes.
    private static readonly RenderOptions Newest = new(KubeVersion: "1.36.0");

    private static readonly Lazy<Manifests> Before = new(() => Render(""));

    public static TheoryData<string> Keys => [.. Components.SharedKeys];

    public static TheoryData<string> KeysOfComponents =>
        [.. Samples.Keys.Where(key => Components.All.Any(component => Components.Has(component, key)))];

    public static TheoryData<string> All => [.. Components.All];

    [Theory]
    [MemberData(nameof(Keys))]
    public void Every_shared_key_has_a_sample_here(string key) => Samples.Should().ContainKey(key);

    [Theory]
    [MemberData(nameof(Keys))]
    public void A_key_at_the_top_reaches_every_pod(string key)
    {
        Chart.Prepare(Components.SharedKeys.Where(Samples.ContainsKey).Select(shared => At(shared).ToJsonString()), Newest);
        var after = Render(At(key).ToJsonString());

        var missed = Components.All.Where(component => Components.Shape(after, component) == Components.Shape(Before.Value, component))
            .Except(NotFor.GetValueOrDefault(key, []));

        missed.Should().BeEmpty("{0} is for all pods", key);
    }

    [Theory]
    [MemberData(nameof(KeysOfComponents))]
    public void A_key_of_a_component_reaches_its_pod_or_is_refused(string key)
    {
        Chart.Prepare(from sample in Samples.Keys from components in Components.Groups(sample) select In(components, sample), Newest);

        foreach (var (components, after) in Components.Groups(key).SelectMany(group => Taken(group, key)))
        {
            components.Where(component => !Differs(after, Before.Value, component, key))
                .Should().BeEmpty("{0} is taken", In(components, key));
        }
    }

    [Theory]
    [MemberData(nameof(All))]
    public void Keys_of_a_component_reach_no_other_pod(string component)
    {
        var values = new JsonObject();
        var keys = Components.SharedKeys.Where(key => Samples.ContainsKey(key) && Components.Has(component, key));
        foreach (var key in keys.Except(["lostNodeSeconds"]))
        {
            Components.Values($"{component}.{key}", Yaml.Parse(Samples[key]), values);
        }

        var after = Render(values.ToJsonString());

        Components.All.Where(other => Components.Pod(after, other).Component != Components.Pod(after, component).Component)
            .Where(other => Components.Shape(after, other) != Components.Shape(Before.Value, other))
            .Should().BeEmpty("{0} is for one pod", values.ToJsonString());
    }

    private static Manifests Render(string values) => Chart.Render(values, Newest);

    private static JsonObject At(string key) => Components.Values(key, Yaml.Parse(Samples[key]));

    private static string In(IEnumerable<string> components, string key) =>
        Components.Values(components, key, Yaml.Parse(Samples[key])).ToJsonString();

    /// <summary>What becomes of a key of some components at once; where that is refused, of each alone that takes it.</summary>
    private static IEnumerable<(IReadOnlyList<string> Components, Manifests After)> Taken(IReadOnlyList<string> components, string key) =>
        Verdict.Of(new RenderRequest(In(components, key), Newest)) is { } after ? [(components, after)]
            : components.Count > 1 ? components.SelectMany(component => Taken([component], key))
            : [];

    /// <summary>Annotations and labels of a component are of its objects; anything else is of its pod.</summary>
    private static bool Differs(Manifests after, Manifests before, string component, string key) => key is "annotations" or "labels"
        ? $"{Components.Pod(after, component).At("metadata")}" != $"{Components.Pod(before, component).At("metadata")}"
        : Components.Shape(after, component) != Components.Shape(before, component);
}
