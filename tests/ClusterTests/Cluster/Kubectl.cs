using System.Text.Json.Nodes;

namespace ClusterTests.Cluster;

/// <summary>kubectl, with its objects as JSON. No client library of Kubernetes is needed.</summary>
internal sealed class Kubectl(TestCluster cluster, string? inNamespace = null)
{
    private readonly Cli cli = new(Programs.Kubectl, cluster.Environment);

    /// <summary>Runs kubectl in the namespace and returns what it printed.</summary>
    public Task<string> RunAsync(params string[] arguments) => RunAsync(arguments, "");

    public Task<string> RunAsync(IReadOnlyList<string> arguments, string input, TimeSpan? within = null) =>
        cli.RunAsync(inNamespace is null ? arguments : ["--namespace", inNamespace, .. arguments], input, within);

    /// <summary>An object as the API server has it.</summary>
    /// <param name="name">Kind and name, for example <c>deployment/beat</c>.</param>
    public async Task<JsonNode> GetAsync(string name) => JsonNode.Parse(await RunAsync("get", name, "--output=json"))!;

    /// <summary>An object, or null when it does not exist.</summary>
    public async Task<JsonNode?> FindAsync(string name)
    {
        var json = await RunAsync("get", name, "--output=json", "--ignore-not-found");
        return json.Length == 0 ? null : JsonNode.Parse(json);
    }

    /// <summary>All objects of a kind, or those that a selector of labels matches.</summary>
    public async Task<IReadOnlyList<JsonNode>> ListAsync(string kind, string? selector = null)
    {
        var json = await RunAsync(["get", kind, "--output=json", .. selector is null ? (IReadOnlyList<string>)[] : [$"--selector={selector}"]], "");
        return [.. JsonNode.Parse(json)!["items"]!.AsArray().Select(item => item!)];
    }

    /// <summary>Runs a program in a container and returns what it printed.</summary>
    /// <param name="pod">The pod, or a workload such as <c>deploy/beat</c>, of which a pod is taken.</param>
    public Task<string> ExecAsync(string pod, string container, IReadOnlyList<string> command, string input = "", TimeSpan? within = null) =>
        RunAsync(["exec", "--stdin", pod, $"--container={container}", "--", .. command], input, within);

    public Task ScaleAsync(string workload, int replicas) => RunAsync("scale", workload, $"--replicas={replicas}");

    /// <summary>Deletes a pod as an eviction does: it is told to stop and gets its grace period. Returns at once.</summary>
    public Task DeletePodAsync(string pod) => RunAsync("delete", $"pod/{pod}", "--wait=false");

    /// <summary>Deletes a pod without grace and without waiting, as when its node died.</summary>
    public Task KillPodAsync(string pod) => RunAsync("delete", $"pod/{pod}", "--grace-period=0", "--force", "--wait=false");

    /// <summary>The API itself, until it is disposed.</summary>
    public Task<ApiProxy> ProxyAsync() => ApiProxy.StartAsync(cli);

    /// <summary>Asks an endpoint of a pod, by way of the API server.</summary>
    public async Task<(int Status, string Body)> AskAsync(string pod, string path)
    {
        using var proxy = await ProxyAsync();
        return await proxy.GetAsync($"/api/v1/namespaces/{inNamespace}/pods/{pod}:8000/proxy{path}");
    }
}
