using System.Text.Json.Nodes;
using ChartThousand;

namespace ClusterTests.Cluster;

/// <summary>
/// The custom resources that the chart may render, made known to the cluster from the schemas that the chart's tests have. Each is made once, and
/// only when the one before it is established: the API server writes its whole description anew for each.
/// </summary>
internal sealed class CustomResources(ApiProxy api) : IAsyncDisposable
{
    private const string Definitions = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";

    private readonly List<string> made = [];

    /// <summary>Makes the definitions that the cluster lacks.</summary>
    public async Task DefineAsync()
    {
        foreach (var definition in CustomKinds.Definitions(Repository.Root))
        {
            var name = definition.Text("metadata.name");
            if ((await api.GetAsync($"{Definitions}/{name}")).Status == 404)
            {
                var (status, body) = await api.PostAsync(Definitions, definition.ToJsonString(), "application/json");
                made.Add(status == 201 ? name : throw new InvalidOperationException($"{name}: {status} {body}"));
                await Eventually.UntilAsync($"{name} is established", TimeSpan.FromMinutes(1), () => IsEstablishedAsync(name), isThere => isThere);
            }
        }
    }

    /// <summary>Removes those that were made.</summary>
    public async ValueTask DisposeAsync()
    {
        foreach (var name in made)
        {
            await api.DeleteAsync($"{Definitions}/{name}");
        }
    }

    private async Task<bool> IsEstablishedAsync(string name)
    {
        var (_, body) = await api.GetAsync($"{Definitions}/{name}");
        return JsonNode.Parse(body).At("status.conditions") is JsonArray conditions
            && conditions.Any(condition => condition.Text("type") == "Established" && condition.Text("status") == "True");
    }
}
