using System.Text.Json.Nodes;

namespace ClusterTests.Cluster;

/// <summary>
/// What kubectl does, in one namespace. Most is asked of the API itself: tests look at it hundreds of times, and would spend more on
/// programs than on what they test. No client library of Kubernetes is needed.
/// </summary>
internal sealed class Kubectl(TestCluster cluster, ApiProxy api, string inNamespace)
{
    /// <summary>Runs kubectl in the namespace and returns what it printed.</summary>
    public Task<string> RunAsync(params string[] arguments) => cluster.Kubectl.RunAsync(["--namespace", inNamespace, .. arguments]);

    /// <summary>An object as the API server has it.</summary>
    /// <param name="name">Kind and name, for example <c>deployment/beat</c>.</param>
    public Task<JsonNode> GetAsync(string name) => api.ReadAsync(PathOf(name));

    /// <summary>All objects of a kind, or those that a selector of labels matches.</summary>
    public async Task<IReadOnlyList<JsonNode>> ListAsync(string kind, string? selector = null)
    {
        var query = selector is null ? "" : $"?labelSelector={Uri.EscapeDataString(selector)}";
        return [.. (await api.ReadAsync(PathOf(kind) + query))["items"]!.AsArray().Select(item => item!)];
    }

    /// <summary>Runs a program in a container and returns what it printed.</summary>
    /// <param name="of">The pod, or a deployment, of which a pod is taken.</param>
    /// <param name="input">What the program reads; it must know by itself where that ends.</param>
    public async Task<string> ExecAsync(string of, string container, IReadOnlyList<string> command, string input = "")
    {
        var pod = of.StartsWith("deployment/", StringComparison.Ordinal) ? $"pod/{await PodOfAsync(of)}" : of;
        return await PodProgram.RunAsync(api, PathOf(pod), container, command, input);
    }

    /// <summary>Starts a program in a container that answers again and again.</summary>
    public Task<PodSession> OpenAsync(string pod, string container, IReadOnlyList<string> command) =>
        PodSession.OpenAsync(api, PathOf(pod), container, command);

    public Task ScaleAsync(string workload, int replicas) =>
        api.PatchAsync($"{PathOf(workload)}/scale", new JsonObject { ["spec"] = new JsonObject { ["replicas"] = replicas } });

    /// <summary>Deletes a pod as an eviction does: it is told to stop and gets its grace period. Returns at once.</summary>
    public Task DeletePodAsync(string pod) => api.DeleteAsync(PathOf($"pod/{pod}"));

    /// <summary>Deletes a pod without grace and without waiting, as when its node died.</summary>
    public Task KillPodAsync(string pod) => api.DeleteAsync(PathOf($"pod/{pod}"), new JsonObject { ["gracePeriodSeconds"] = 0 });

    /// <summary>Asks an endpoint of a pod, by way of the API server.</summary>
    public Task<(int Status, string Body)> AskAsync(string pod, string path) => api.GetAsync($"{PathOf($"pod/{pod}")}:8000/proxy{path}");

    /// <summary>A pod of a deployment that runs, a ready one before others.</summary>
    private async Task<string> PodOfAsync(string deployment)
    {
        var labels = (await GetAsync(deployment)).At("spec.selector.matchLabels")!.AsObject().Select(label => $"{label.Key}={label.Value}");
        var running = (await ListAsync("pods", string.Join(',', labels)))
            .Where(pod => pod.Text("status.phase") == "Running")
            .OrderBy(pod => pod.At("metadata.deletionTimestamp") is not null)
            .ThenByDescending(pod => pod.Text("status.containerStatuses[0].ready") == "true");
        return running.FirstOrDefault()?.Text("metadata.name")
            ?? throw new CliException($"exec {deployment}", null, "It has no pod that runs.");
    }

    private string PathOf(string name) => ApiPath.Of(name, inNamespace);
}
