using System.Text.Json.Nodes;
using ChartTests.Generated;
using ChartTests.Rendering;

namespace ChartTests.Kinds;

/// <summary>The kinds of pods of the chart, each under the key that its values stand at.</summary>
internal static class Components
{
    /// <summary>Keys at the top that say what a component's own say, and are about no pod.</summary>
    private static readonly string[] NotOfPods = ["enabled", "queues"];

    private static readonly ValuesSchema Schema = ValuesSchema.Read();

    public static IReadOnlyList<string> All { get; } = ["worker", "workers.default", "beat", "migrate", "test", "redis", "postgresql"];

    /// <summary>Keys that stand at the top for all pods, and in a component for its own.</summary>
    public static IReadOnlyList<string> SharedKeys { get; } =
    [
        .. Schema.Flat(Schema.At("beat"))["properties"]!.AsObject().Select(pair => pair.Key)
            .Where(key => Schema.Paths.Contains(key) && !NotOfPods.Contains(key)),
    ];

    /// <summary>Whether the values of a component may have a key.</summary>
    public static bool Has(string component, string key) =>
        Schema.Flat(Schema.At(Label(component)))["properties"]!.AsObject().ContainsKey(key);

    /// <summary>Values with one value at a path of keys.</summary>
    public static JsonObject Values(string path, JsonNode? value, JsonObject? over = null)
    {
        var values = over ?? [];
        var steps = path.Split('.');
        var map = values;
        foreach (var step in steps[..^1])
        {
            map = (map[step] ??= new JsonObject()).AsObject();
        }

        map[steps[^1]] = value?.DeepClone();
        return values;
    }

    /// <summary>
    /// The components that have a key, those together that can be given a value at once: what a pool says would hide what all workers say.
    /// </summary>
    public static IReadOnlyList<IReadOnlyList<string>> Groups(string key) =>
        [.. All.Where(component => Has(component, key)).GroupBy(IsPool).Select(group => group.ToList())];

    /// <summary>Values with one value at a key of some components.</summary>
    public static JsonObject Values(IEnumerable<string> components, string key, JsonNode? value) =>
        components.Aggregate(new JsonObject(), (over, component) => Values($"{component}.{key}", value, over));

    /// <summary>The pod of a component.</summary>
    public static Manifest Pod(Manifests manifests, string component) =>
        manifests.Workloads.Single(workload => workload.Component == Label(component));

    /// <summary>What a pod is made of, without what changes with every value of its release.</summary>
    public static string Shape(Manifests manifests, string component)
    {
        var workload = Pod(manifests, component);
        var pod = workload.Pod!.DeepClone().AsObject();
        pod.Remove("status");
        var annotations = pod.At("metadata.annotations") as JsonObject ?? [];
        foreach (var name in annotations.Select(pair => pair.Key).Where(key => key.StartsWith("checksum/", StringComparison.Ordinal)).ToList())
        {
            annotations.Remove(name);
        }

        return pod.ToJsonString();
    }

    private static bool IsPool(string component) => component.Contains('.', StringComparison.Ordinal);

    /// <summary>The label of a component's pods: all pools are workers.</summary>
    private static string Label(string component) => component.Split('.')[0].Replace("workers", "worker", StringComparison.Ordinal);
}
