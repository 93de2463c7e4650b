using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using ChartTests.Rendering;

namespace ChartThousand;

/// <summary>An API server whose address <c>tools/with-api-server</c> gives.</summary>
internal sealed class ApiServer(Uri address) : IDisposable
{
    private readonly HttpClient client = new(new SocketsHttpHandler { UseProxy = false }, disposeHandler: true) { BaseAddress = address };
    private readonly Dictionary<string, JsonArray> groups = [];

    /// <summary>Its version, as helm wants it.</summary>
    public async Task<string> VersionAsync() => (await SendAsync(HttpMethod.Get, "/version", null, "")).Body.Text("gitVersion").TrimStart('v');

    /// <summary>What it says against an object; null when it would take it.</summary>
    public async Task<string?> RefusalAsync(Manifest manifest)
    {
        var path = $"{await PathAsync(manifest)}?dryRun=All&fieldValidation=Strict";
        var (status, body) = await SendAsync(HttpMethod.Post, path, manifest.Content, "application/json");
        return status == HttpStatusCode.Created ? null : $"{manifest}: {body.Text("message")}";
    }

    /// <summary>Applies an object as Helm 4 and Argo CD do; the object as it is then.</summary>
    /// <exception cref="InvalidOperationException">The server refuses it.</exception>
    public async Task<JsonNode> ApplyAsync(Manifest manifest)
    {
        var path = $"{await PathAsync(manifest)}/{manifest.Name}?fieldManager=helm&fieldValidation=Strict";
        var (status, body) = await SendAsync(HttpMethod.Patch, path, manifest.Content, "application/apply-patch+yaml");
        return status is HttpStatusCode.OK or HttpStatusCode.Created
            ? body
            : throw new InvalidOperationException($"{manifest}: {body.Text("message")}");
    }

    /// <summary>Makes a kind known that Kubernetes does not have, and waits until it is served.</summary>
    public async Task DefineAsync(JsonObject definition)
    {
        const string Path = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
        var (status, body) = await SendAsync(HttpMethod.Post, Path, definition, "application/json");
        if (status != HttpStatusCode.Created)
        {
            throw new InvalidOperationException(body.Text("message"));
        }

        var established = false;
        for (var tries = 0; !established && tries < 1200; tries++)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System);
            var (_, now) = await SendAsync(HttpMethod.Get, $"{Path}/{definition.At("metadata.name")}", null, "");
            established = now.At("status.conditions") is JsonArray conditions
                && conditions.Any(item => (string?)item.At("type") == "Established" && (string?)item.At("status") == "True");
        }
    }

    public void Dispose() => client.Dispose();

    private async Task<string> PathAsync(Manifest manifest)
    {
        var root = manifest.ApiVersion.Contains('/', StringComparison.Ordinal) ? $"/apis/{manifest.ApiVersion}" : $"/api/{manifest.ApiVersion}";
        if (!groups.TryGetValue(root, out var resources))
        {
            groups[root] = resources = (await SendAsync(HttpMethod.Get, root, null, "")).Body.At("resources") as JsonArray ?? [];
        }

        var resource = resources
            .FirstOrDefault(item => (string?)item.At("kind") == manifest.Kind && !item.Text("name").Contains('/', StringComparison.Ordinal))
            ?? throw new InvalidOperationException($"The API server does not know {manifest.ApiVersion} {manifest.Kind}.");
        var place = (bool)resource["namespaced"]! ? $"{root}/namespaces/{(string?)manifest.At("metadata.namespace") ?? "tasks"}" : root;
        return $"{place}/{resource.Text("name")}";
    }

    private async Task<(HttpStatusCode Status, JsonNode Body)> SendAsync(HttpMethod method, string path, JsonObject? content, string mediaType)
    {
        using var request = new HttpRequestMessage(method, new Uri(path, UriKind.Relative));
        if (content is not null)
        {
            request.Content = new StringContent(content.ToJsonString(), Encoding.UTF8, mediaType);
        }

        using var response = await client.SendAsync(request);
        var text = await response.Content.ReadAsStringAsync();
        return (response.StatusCode, text.StartsWith('{')
            ? JsonNode.Parse(text)!
            : new JsonObject { ["message"] = $"{(int)response.StatusCode} {text}" });
    }
}
