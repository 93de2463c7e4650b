using System.Globalization;
using System.Runtime.InteropServices;
using TaskRunner.Redis;
using TaskRunner.Tests.Support;

namespace TaskRunner.FaultWorker;

/// <summary>How long a task of the tests takes.</summary>
internal sealed record Pause(int Ms);

/// <summary>A worker whose tasks write into the ledger.</summary>
internal static class Work
{
    public static async Task<int> RunAsync(string[] args)
    {
        var (url, @namespace, name, concurrency) = (args[0], args[1], args[3], int.Parse(args[4], CultureInfo.InvariantCulture));
        using var ledger = new Ledger(args[2]);
        var stopped = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, signal =>
        {
            signal.Cancel = true;
            stopped.TrySetResult();
        });

        var app = TaskRunnerApp.Create([]);
        app.MapTask("fault.pause", async (Pause pause, TaskContext context, CancellationToken stopping) =>
        {
            ledger.Started(context.Id);
            try
            {
                await Task.Delay(TimeSpan.FromMilliseconds(pause.Ms), TimeProvider.System, stopping);
            }
            finally
            {
                ledger.Ended(context.Id);
            }
        });
        await using var harness = await ConnectAsync(url, @namespace);
        await using var worker = TestWorker.Start(
            app, url, harness, options => options with { Name = name, Concurrency = concurrency, Drain = TimeSpan.FromSeconds(2) }, new LedgerResultStore(ledger), remembers: false);
        await Console.Out.WriteLineAsync("started");
        await stopped.Task;
        return 0;
    }

    /// <summary>The server may be the next one to be killed: a process of the tests tries until it is there.</summary>
    public static async Task<BrokerHarness> ConnectAsync(string url, string @namespace)
    {
        while (true)
        {
            try
            {
                return await BrokerHarness.OpenAsync(url, options => options with { Namespace = @namespace });
            }
            catch (RedisUnavailableException)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System);
            }
        }
    }
}
