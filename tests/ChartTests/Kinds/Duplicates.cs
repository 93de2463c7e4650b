using System.Text.Json.Nodes;
using ChartTests.Rendering;

namespace ChartTests.Kinds;

/// <summary>Lists in which Kubernetes knows an entry by a key: with two of one key, an apply on the server's side refuses the object.</summary>
internal static class Duplicates
{
    /// <summary>Every key that two entries of one list have, as its path and the key.</summary>
    public static IReadOnlyList<string> In(Manifests manifests) => [.. manifests.SelectMany(In)];

    private static IEnumerable<string> In(Manifest manifest) => manifest.Content.Walk()
        .Where(item => item.Node is JsonArray)
        .SelectMany(item => Twice(item.Path, item.Node!.AsArray()))
        .Concat(manifest.Pod is null ? [] : Repeated("containers", manifest.Containers.Select(container => $"{container["name"]}")))
        .Select(finding => $"{manifest} {finding}");

    private static IEnumerable<string> Twice(string path, JsonArray list)
    {
        var maps = list.OfType<JsonObject>().ToList();
        var last = path[(path.LastIndexOf('.') + 1)..];
        return Keys(last).SelectMany(key => Repeated(path, maps.Select(key).OfType<string>()));
    }

    private static IEnumerable<Func<JsonObject, string?>> Keys(string list) => list switch
    {
        "volumeMounts" => [item => $"{item["mountPath"]}".TrimEnd('/')],
        "volumeDevices" => [item => $"{item["devicePath"]}"],
        "hostAliases" => [item => $"{item["ip"]}"],
        "topologySpreadConstraints" => [item => $"{item["topologyKey"]} {item["whenUnsatisfiable"]}"],
        "ports" => [item => item["name"]?.ToString(), item => $"{item["containerPort"] ?? item["port"]} {item["protocol"] ?? "TCP"}"],
        "envFrom" => [item => item.ToJsonString()],
        "items" => [item => item["path"]?.ToString()],
        "secretTargetRef" or "configMapTargetRef" => [item => item["parameter"]?.ToString()],
        _ => [item => item["name"]?.ToString()],
    };

    private static IEnumerable<string> Repeated(string path, IEnumerable<string> keys) =>
        keys.CountBy(key => key).Where(pair => pair.Value > 1).Select(pair => $"{path} has {pair.Key} {pair.Value} times");
}
