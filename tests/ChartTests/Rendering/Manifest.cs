using System.Text.Json.Nodes;

namespace ChartTests.Rendering;

/// <summary>One rendered object.</summary>
public sealed class Manifest(JsonObject content)
{
    public JsonObject Content { get; } = content;

    public string ApiVersion => Text("apiVersion");

    public string Kind => Text("kind");

    public string Name => Text("metadata.name");

    public string? Component => Label("app.kubernetes.io/component");

    public string? Pool => Label("taskrunner.dev/pool");

    /// <summary>Metadata and spec of the pod that the object is or makes; null when it makes none.</summary>
    public JsonObject? Pod => Kind switch
    {
        "Deployment" or "StatefulSet" or "Job" => At("spec.template") as JsonObject,
        "Pod" => Content,
        _ => null,
    };

    public JsonObject PodSpec => Pod?["spec"] as JsonObject ?? throw new InvalidOperationException($"{this} makes no pod.");

    /// <summary>The first container of the pod: the chart's own.</summary>
    public JsonObject Container => (JsonObject)PodSpec["containers"]![0]!;

    /// <summary>All containers of the pod, init containers too.</summary>
    public IEnumerable<JsonObject> Containers => new[] { "initContainers", "containers", "ephemeralContainers" }
        .SelectMany(key => (PodSpec[key] as JsonArray ?? []).OfType<JsonObject>());

    /// <summary>What lies at a path such as <c>spec.template.spec.containers[0].name</c>; null when nothing does.</summary>
    public JsonNode? At(string path) => Content.At(path);

    /// <summary>The text at <paramref name="path"/>.</summary>
    public string Text(string path) => At(path)?.ToString() ?? throw new KeyNotFoundException($"{Content["kind"]} has nothing at {path}.");

    /// <summary>The value of an environment variable of the first container; null when it is not set.</summary>
    public string? Env(string name) => (Container["env"] as JsonArray ?? []).OfType<JsonObject>()
        .SingleOrDefault(variable => (string?)variable["name"] == name)?["value"]?.ToString();

    /// <summary>The annotations of the pod that the object makes.</summary>
    public JsonObject PodAnnotations => Pod?["metadata"]?["annotations"] as JsonObject ?? [];

    public override string ToString() => $"{Kind}/{Name}";

    private string? Label(string name) => (string?)At("metadata.labels")?[name];
}
