namespace TaskRunner.FaultWorker.Chaos;

/// <summary>The program as users build it, with tasks of the hostile kind: its settings come from the environment, its probes answer over HTTP.</summary>
internal static class ChaosWork
{
    public static async Task<int> RunAsync(string[] args)
    {
        using var ledger = new Ledger(args[0]);
        var app = TaskRunnerApp.Create(["worker"]);
        ChaosTasks.Map(app, ledger, Path.Combine(args[0], "released"));
        return await app.RunAsync();
    }
}
