using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using ClusterTests.Cluster;

namespace ClusterTests.Installation;

/// <summary>The program's own verbs, run inside of a pod of the release, and the results in its database.</summary>
/// <param name="runner">The workload whose pods run the verbs: beat, which the tests that kill workers leave alone.</param>
internal sealed class TaskClient(Kubectl kubectl, string runner, Database database)
{
    private static readonly JsonSerializerOptions Web = new(JsonSerializerDefaults.Web);

    /// <summary>Runs a verb in the pod of beat and returns what it printed.</summary>
    public Task<string> RunAsync(params string[] arguments) => kubectl.ExecAsync(runner, runner.Split('-')[^1], ["/app/taskrunner", .. arguments]);

    /// <summary>Puts tasks into a queue and returns their ids.</summary>
    /// <param name="force">Also a task that no worker knows.</param>
    public async Task<IReadOnlyList<Guid>> EnqueueAsync(string task, object? arguments = null, string queue = "default", int count = 1, bool force = false)
    {
        string[] words =
        [
            "enqueue", task, "--queue", queue, "--arguments", JsonSerializer.Serialize(arguments ?? new { }),
            "--count", count.ToString(CultureInfo.InvariantCulture), "--output", "json", .. force ? ["--force"] : Array.Empty<string>(),
        ];
        var json = await RunAsync(words);
        return [.. JsonNode.Parse(json)!.AsArray().Select(entry => entry!["id"]!.GetValue<Guid>())];
    }

    /// <summary>Puts tasks into a queue that last for a time and do nothing else.</summary>
    public Task<IReadOnlyList<Guid>> EnqueueSleepsAsync(TimeSpan duration, int count = 1) => EnqueueAsync("debug.sleep", new { seconds = duration.TotalSeconds }, count: count);

    /// <summary>The tasks that workers hold.</summary>
    public async Task<IReadOnlyList<ActiveTask>> ActiveAsync() =>
        JsonNode.Parse(await RunAsync("inspect", "active", "--output", "json"))!["tasks"].Deserialize<IReadOnlyList<ActiveTask>>(Web)!;

    /// <summary>Waits until a condition holds for the tasks that workers hold.</summary>
    public Task<IReadOnlyList<ActiveTask>> UntilActiveAsync(string awaited, Func<IReadOnlyList<ActiveTask>, bool> met) =>
        Eventually.UntilAsync(awaited, TimeSpan.FromSeconds(60), ActiveAsync, met);

    /// <summary>Workers and beats that are alive, as <c>inspect ping</c> shows them.</summary>
    public async Task<JsonNode> PingAsync() => JsonNode.Parse(await RunAsync("inspect", "ping", "--output", "json"))!;

    /// <summary>How many of these tasks have which result.</summary>
    public async Task<TaskCount> CountAsync(IReadOnlyCollection<Guid> ids)
    {
        var counts = (await database.QueryAsync<Counts>($"""
            SELECT count(*) FILTER (WHERE state = 'succeeded')::int AS succeeded, count(*) FILTER (WHERE state = 'dead')::int AS dead
              FROM taskrunner.results WHERE task_id = ANY ('{Set(ids)}')
            """))[0];
        return new TaskCount(counts.Succeeded, counts.Dead, ids.Count - counts.Succeeded - counts.Dead);
    }

    /// <summary>The results of these tasks, as far as there are any.</summary>
    public Task<IReadOnlyList<TaskResult>> ResultsAsync(IReadOnlyCollection<Guid> ids) => ResultsWhereAsync($"task_id = ANY ('{Set(ids)}')");

    /// <summary>The results that a condition in SQL finds, oldest first.</summary>
    public Task<IReadOnlyList<TaskResult>> ResultsWhereAsync(string condition) => database.QueryAsync<TaskResult>($"""
        SELECT task_id, task, queue, state, output, error, attempts, redeliveries, worker, enqueued_at, started_at, finished_at
          FROM taskrunner.results WHERE {condition} ORDER BY enqueued_at
        """);

    /// <summary>Waits until each of these tasks has a result that says it succeeded, and returns these results.</summary>
    /// <exception cref="EventuallyException">One has none in time: tells how the pods and the queues were then.</exception>
    public async Task<IReadOnlyList<TaskResult>> UntilSucceededAsync(IReadOnlyCollection<Guid> ids, TimeSpan within)
    {
        try
        {
            await Eventually.UntilAsync($"all {ids.Count} tasks have succeeded", within, () => CountAsync(ids), count => count.Succeeded == ids.Count);
        }
        catch (EventuallyException e)
        {
            throw new EventuallyException($"{e.Message}; {await StateAsync()}", e);
        }

        return await ResultsAsync(ids);
    }

    private async Task<string> StateAsync()
    {
        try
        {
            var pods = (await kubectl.ListAsync("pods")).Select(json => new Pod(json));
            return $"pods: {string.Join("; ", pods)}; queues: {await RunAsync("inspect", "queues", "--output", "json")}";
        }
        catch (Exception e) when (e is CliException or HttpRequestException or JsonException or OperationCanceledException)
        {
            return $"nothing more is known: {e.Message}";
        }
    }

    private static string Set(IEnumerable<Guid> ids) => $"{{{string.Join(',', ids)}}}";

    private sealed record Counts(int Succeeded, int Dead);
}
