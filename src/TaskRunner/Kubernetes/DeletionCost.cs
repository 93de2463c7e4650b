using System.Globalization;
using Microsoft.Extensions.Logging;
using TaskRunner.Loops;
using TaskRunner.Observability;

namespace TaskRunner.Kubernetes;

/// <summary>
/// Tells Kubernetes how many tasks this pod runs, so that of several pods it removes the idlest first. A hint: while it cannot be told,
/// nothing else is affected.
/// </summary>
/// <param name="api">The pod.</param>
/// <param name="running">How many tasks run now.</param>
/// <param name="time">Clock of the pauses.</param>
/// <param name="logger">Told of outages, once each.</param>
internal sealed class DeletionCost(PodApi api, Func<int> running, TimeProvider time, ILogger logger)
{
    public const string Annotation = "controller.kubernetes.io/pod-deletion-cost";

    private readonly OutageLog outage = new("The pod's deletion cost cannot be told", time, logger);
    private int? told;

    /// <summary>Time between two looks. Each change is a write to the cluster's store, so a busy pod must not tell of every task.</summary>
    public TimeSpan Interval { get; init; } = TimeSpan.FromSeconds(10);

    public Task RunAsync(SupervisedLoop loop, CancellationToken stopping) => loop.EveryAsync(Interval, RunOnceAsync, atOnce: true, stopping);

    internal async Task RunOnceAsync(CancellationToken stopping)
    {
        var cost = running();
        if (cost == told)
        {
            return;
        }

        try
        {
            await api.AnnotateAsync(Annotation, cost.ToString(CultureInfo.InvariantCulture), stopping);
            told = cost;
            outage.Succeeded();
        }
        catch (PodApiException e)
        {
            outage.Failed(e);
        }
    }
}
