using System.Text;
using System.Text.Json.Nodes;
using ClusterTests.Cluster;

namespace ClusterTests.Installation;

/// <summary>One installation of the chart, in a namespace of its own with a random name. Disposing deletes all of it.</summary>
internal sealed class Release : IAsyncDisposable
{
    public const string Name = "demo";

    internal static readonly string Small = Path.Combine(Repository.Root, "tests", "ClusterTests", "Cluster", "small-values.yaml");
    private static readonly TimeSpan Start = TimeSpan.FromMinutes(3);
    private static readonly TimeSpan End = TimeSpan.FromMinutes(3);

    private readonly TestCluster cluster;
    private readonly string values;
    private readonly ReleaseSize size;

    private bool isDisposed;

    private Release(TestCluster cluster, ApiProxy api, string values, ReleaseSize size)
    {
        this.cluster = cluster;
        Api = api;
        this.values = values;
        this.size = size;
        Namespace = $"taskrunner-test-{Guid.NewGuid().ToString("N")[..8]}";
        Kubectl = new Kubectl(cluster, api, Namespace);
        Helm = new Helm(cluster, Namespace, Name);
        Database = new Database(Kubectl, $"{FullName}-postgresql-0");
        Tasks = new TaskClient(Kubectl, Beat, Database);
    }

    public string Namespace { get; }

    /// <summary>Start of the name of every object.</summary>
    public static string FullName => $"{Name}-taskrunner";

    public static string Worker => $"deployment/{FullName}-worker-default";

    public static string Beat => $"deployment/{FullName}-beat";

    public static string Redis => $"statefulset/{FullName}-redis";

    public static string PostgreSql => $"statefulset/{FullName}-postgresql";

    public static string Credentials => $"{FullName}-credentials";

    public TestCluster Cluster => cluster;

    /// <summary>The API, as long as the release is there.</summary>
    public ApiProxy Api { get; }

    public Kubectl Kubectl { get; }

    public Helm Helm { get; }

    public TaskClient Tasks { get; }

    public Database Database { get; }

    /// <summary>Makes the namespace, under the strictest of the Pod Security Standards.</summary>
    public static async Task<Release> CreateAsync(TestCluster cluster, Type owner, string values, ReleaseSize size)
    {
        var api = await ApiProxy.StartAsync(cluster.Kubectl);
        var release = new Release(cluster, api, values, size);
        var manifest = new JsonObject
        {
            ["apiVersion"] = "v1",
            ["kind"] = "Namespace",
            ["metadata"] = new JsonObject
            {
                ["name"] = release.Namespace,
                ["labels"] = new JsonObject { ["taskrunner.dev/test"] = Label(owner), ["pod-security.kubernetes.io/enforce"] = "restricted" },
            },
        };
        var (status, body) = await api.PostAsync(ApiPath.Namespaces, manifest.ToJsonString(), "application/json");
        if (status == 201)
        {
            return release;
        }

        api.Dispose();
        throw new HttpRequestException($"{release.Namespace}: {status} {body}");
    }

    /// <summary>Installs the chart with the values of this release, or changes single values of it.</summary>
    /// <param name="settings">Values as <c>key=value</c>, for this time only.</param>
    public Task UpgradeAsync(params string[] settings) => Helm.UpgradeAsync(Files, values, settings, wait: true);

    /// <summary>As <see cref="UpgradeAsync"/>, without waiting for anything to be ready.</summary>
    public Task UpgradeWithoutWaitingAsync(params string[] settings) => Helm.UpgradeAsync(Files, values, settings, wait: false);

    /// <summary>Waits until every deployment has as many ready pods of its newest version as it wants, and no other.</summary>
    public Task UntilReadyAsync() => Eventually.UntilAsync(
        "every deployment is complete",
        Start,
        async () => (await Kubectl.ListAsync("deployments")).Select(deployment => new Rollout(deployment)).ToList(),
        rollouts => rollouts.TrueForAll(rollout => rollout.IsComplete));

    /// <summary>The pods of a component that nobody has told to end.</summary>
    public async Task<IReadOnlyList<Pod>> PodsAsync(string component) =>
        [.. (await Kubectl.ListAsync("pods", $"app.kubernetes.io/component={component}")).Select(json => new Pod(json)).Where(pod => !pod.IsTerminating)];

    /// <summary>Every pod that is there.</summary>
    public async Task<IReadOnlyList<Pod>> PodsAsync() => [.. (await Kubectl.ListAsync("pods")).Select(json => new Pod(json))];

    /// <summary>Kind and name of every object in the namespace.</summary>
    public Task<IReadOnlyList<string>> ObjectsAsync() => new Inventory(Api, Namespace).ReadAsync();

    public async Task<Pod> PodAsync(string name) => new(await Kubectl.GetAsync($"pod/{name}"));

    /// <summary>Waits until a number of pods of a component are ready, and no pod of it is not.</summary>
    public Task<IReadOnlyList<Pod>> UntilReadyAsync(string component, int count, TimeSpan within) => Eventually.UntilAsync(
        $"{count} pods of {component} are ready",
        within,
        () => PodsAsync(component),
        pods => pods.Count == count && pods.All(pod => pod.IsReady));

    /// <summary>Waits for a worker that runs, ready or not.</summary>
    public async Task<Pod> RunningWorkerAsync() =>
        (await Eventually.UntilAsync("a worker runs", Start, () => PodsAsync("worker"), pods => pods.Count > 0 && pods.All(pod => pod.Phase == "Running")))[0];

    public async ValueTask DisposeAsync()
    {
        if (isDisposed)
        {
            return;
        }

        isDisposed = true;
        Database.Dispose();
        using (Api)
        {
            var own = $"{ApiPath.Namespaces}/{Namespace}";
            if ((await Api.GetAsync(own)).Status != 404)
            {
                await Api.DeleteAsync(own);
            }

            await Eventually.UntilAsync($"{Namespace} is deleted", End, () => Api.GetAsync(own), answer => answer.Status == 404);
            await Eventually.UntilAsync($"the volumes of {Namespace} are deleted", End, VolumesAsync, volumes => volumes.Count == 0);
        }
    }

    private async Task<IReadOnlyList<string>> VolumesAsync() =>
    [
        .. (await Api.ReadAsync(ApiPath.Volumes))["items"]!.AsArray()
            .Where(volume => volume.Text("spec.claimRef.namespace") == Namespace)
            .Select(volume => volume.Text("metadata.name")),
    ];

    private IReadOnlyList<string> Files => size == ReleaseSize.Small ? [Small] : [];

    private static string Label(Type owner)
    {
        var name = new StringBuilder((owner.DeclaringType ?? owner).Name);
        return name.Length <= 63 ? name.ToString() : name.ToString(0, 63);
    }
}
