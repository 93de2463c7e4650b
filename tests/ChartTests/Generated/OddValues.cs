using System.Text.Json.Nodes;

namespace ChartTests.Generated;

/// <summary>Ends of types at which templates, YAML and Helm go wrong, and enough of what is usual for every pattern of the schema.</summary>
internal static class OddValues
{
    /// <summary>Text that is not like text: empty, blank, a number, a truth, a null, long, in braces, with what YAML reads as something else.</summary>
    public static IReadOnlyList<string> Texts { get; } =
    [
        "", "0", "007", "1e3", "1_000", ".5", "0x1F", "true", "no", "null", "~", "-", " ", "a: b", "# a", "a\nb", "\"", "'", "{}",
        "9007199254740993", "2030-01-31",
        "{{ .Release.Name }}", "{{ .Values.global.imageRegistry }}", "A_b.C", "ä", "a b",
        new string('a', 63), new string('a', 64), new string('a', 253), string.Join('.', Enumerable.Repeat(new string('b', 50), 5))[..253],
    ];

    /// <summary>Text that means something somewhere.</summary>
    public static IReadOnlyList<string> Plausible { get; } =
    [
        "a", "app", "b-c", "default", "a.example", "10.0.0.1", "::1", "a.example:6379", "10.0.0.0/8", "/a", "/var/x", "8Gi", "1", "500m",
        "0.5", "10%", "0%", "100%", "1h", "30s", "1h30m", "500ms",
        "https://a.example/b", "redis://a.example:6380/1", "rediss://u@a.example", "postgresql://u@a.example/d",
        "postgres://a.example:6432/d?sslmode=require",
        "* * * * *", "0 8 * * MON-FRI", "@daily", "2030-01-31T09:00", "2030-01-31T09:00:00Z", "UTC", "Europe/Berlin",
        $"sha256:{new string('a', 64)}", "a-*", "*",
    ];

    public static IReadOnlyList<string> Keys { get; } =
        ["a", "app.kubernetes.io/part-of", "example.com/x", "1", "b_c", "true", "memory", "nvidia.com/gpu", "default", "x.y"];

    public static IReadOnlyList<string> OddKeys { get; } = ["a b", "-", "a/b/c", new string('k', 63), new string('k', 253), "ä", "null"];

    public static IReadOnlyList<long> Numbers { get; } = [-1, 0, 1, 2, 3, 30, 100, 600, 1000, 65536, int.MaxValue, int.MaxValue + 1L, 9007199254740993];

    /// <summary>Objects of Kubernetes that a user brings whole, by the key that they stand under. They are right: the chart has no part in them.</summary>
    public static JsonNode Whole(string key) => JsonNode.Parse(key switch
    {
        "volume" or "extraVolumes" => """{ "name": "odd", "emptyDir": {} }""",
        "container" or "initContainers" or "extraContainers" =>
            """{ "name": "odd", "image": "a.example/odd:1", "resources": { "requests": { "cpu": "1m", "memory": "1Mi" } } }""",
        "extraObjects" or "rawObjects" => """{ "apiVersion": "v1", "kind": "ConfigMap", "metadata": { "name": "odd" }, "data": { "a": "1e3" } }""",
        "additionalGroups" => """{ "name": "odd", "rules": [{ "record": "a", "expr": "1" }] }""",
        "metrics" => """{ "type": "Resource", "resource": { "name": "cpu", "target": { "type": "Utilization", "averageUtilization": 50 } } }""",
        "valueFrom" => """{ "fieldRef": { "fieldPath": "metadata.name" } }""",
        "configMapRef" or "secretRef" or "authenticationRef" => """{ "name": "odd" }""",
        "httpGet" => """{ "path": "/odd", "port": 8000 }""",
        "exec" => """{ "command": ["odd"] }""",
        "tcpSocket" or "grpc" => """{ "port": 8000 }""",
        "labelSelector" or "namespaceSelector" or "podSelector" => """{ "matchLabels": { "a": "b" } }""",
        "metadata" => """{ "value": "1" }""",
        _ => "{}",
    })!;
}
