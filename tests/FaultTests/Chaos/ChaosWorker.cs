using System.Globalization;
using TaskRunner.FaultTests.Support;
using TaskRunner.Tests.Support;

namespace TaskRunner.FaultTests.Chaos;

/// <summary>A worker as users build and run it, with hostile tasks, in a process of its own; started again when a task ends it, as a pod is.</summary>
internal sealed class ChaosWorker(string url, string @namespace, string folder, string name, int concurrency) : IAsyncDisposable
{
    private static readonly HttpClient Http = new() { Timeout = TimeSpan.FromSeconds(5) };

    private readonly List<FaultProcess> all = [];
    private int port;

    /// <summary>Every process that it had.</summary>
    public IReadOnlyList<FaultProcess> Processes => all;

    public bool HasExited => all[^1].HasExited;

    public void Start()
    {
        port = FreePort.Next();
        all.Add(FaultProcess.Start(
            new Dictionary<string, string>(StringComparer.Ordinal)
            {
                ["TASKRUNNER_BROKER_URL"] = url,
                ["TASKRUNNER_NAMESPACE"] = @namespace,
                ["TASKRUNNER_NAME"] = name,
                ["TASKRUNNER_QUEUES"] = "default",
                ["TASKRUNNER_CONCURRENCY"] = concurrency.ToString(CultureInfo.InvariantCulture),
                ["TASKRUNNER_HTTP_PORT"] = port.ToString(CultureInfo.InvariantCulture),
                ["TASKRUNNER_LEASE_SECONDS"] = "3",
                ["TASKRUNNER_DRAIN_SECONDS"] = "5",
                ["DOTNET_DbgEnableMiniDump"] = "0",
            },
            ["chaos-work", folder]));
    }

    /// <summary>What a probe answers: its status, or why there is none.</summary>
    public async Task<string> ProbeAsync(string path)
    {
        try
        {
            using var answer = await Http.GetAsync(new Uri(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{port}{path}")));
            return answer.IsSuccessStatusCode ? "ok" : $"{(int)answer.StatusCode} {await answer.Content.ReadAsStringAsync()}";
        }
        catch (Exception e) when (e is HttpRequestException or TaskCanceledException)
        {
            return e is TaskCanceledException ? "no answer within 5 s" : "no connection";
        }
    }

    /// <summary>SIGTERM to the last one.</summary>
    /// <returns>The exit code.</returns>
    public Task<int> TerminateAsync() => all[^1].TerminateAsync();

    public async ValueTask DisposeAsync()
    {
        foreach (var process in all)
        {
            await process.DisposeAsync();
        }
    }
}
