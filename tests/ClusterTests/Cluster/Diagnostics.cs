using ClusterTests.Installation;

namespace ClusterTests.Cluster;

/// <summary>Writes down what a person would look at first after a failure. Reads no Secret.</summary>
internal static class Diagnostics
{
    private const string FolderVariable = "TASKRUNNER_TEST_ARTIFACTS";

    /// <summary>Writes events, objects, and the logs of all pods into a folder named after the test.</summary>
    public static async Task WriteAsync(Release release, string name)
    {
        var folder = Directory.CreateDirectory(Path.Combine(Root(), $"{name}-{release.Namespace}")).FullName;
        var kubectl = release.Kubectl;
        await SaveAsync(folder, "objects.txt", () => kubectl.RunAsync("get", "all,persistentvolumeclaims,configmaps", "--output=wide"));
        await SaveAsync(folder, "events.txt", () => kubectl.RunAsync("get", "events", "--sort-by=.metadata.creationTimestamp"));
        await SaveAsync(folder, "describe.txt", () => kubectl.RunAsync("describe", "deployments,statefulsets,jobs,pods"));
        await SaveAsync(folder, "nodes.txt", () => kubectl.RunAsync("describe", "nodes"));
        foreach (var pod in await PodsAsync(kubectl))
        {
            await SaveAsync(folder, $"{pod}.log", () => kubectl.RunAsync("logs", pod, "--all-containers", "--timestamps", "--tail=5000"));
            await SaveAsync(folder, $"{pod}.previous.log", () => kubectl.RunAsync("logs", pod, "--all-containers", "--timestamps", "--previous", "--tail=5000"));
        }
    }

    private static string Root() =>
        Environment.GetEnvironmentVariable(FolderVariable) is { Length: > 0 } named ? named : Path.Combine(AppContext.BaseDirectory, "artifacts");

    private static async Task<IEnumerable<string>> PodsAsync(Kubectl kubectl)
    {
        try
        {
            return (await kubectl.ListAsync("pods")).Select(pod => pod.Text("metadata.name"));
        }
        catch (Exception e) when (e is HttpRequestException or OperationCanceledException)
        {
            // The files that could not be written say why.
            return [];
        }
    }

    private static async Task SaveAsync(string folder, string file, Func<Task<string>> read)
    {
        string text;
        try
        {
            text = await read();
        }
        catch (Exception e) when (e is CliException or HttpRequestException or OperationCanceledException)
        {
            text = e.Message;
        }

        await File.WriteAllTextAsync(Path.Combine(folder, file), text);
    }
}
