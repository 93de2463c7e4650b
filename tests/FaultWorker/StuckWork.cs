using System.Diagnostics.Metrics;
using System.Text.Json;

namespace TaskRunner.FaultWorker;

/// <summary>The program as users build it, with a listener to metrics that never returns: it holds up the loop that settles tasks, also while the process stops.</summary>
internal static class StuckWork
{
    public static async Task<int> RunAsync()
    {
        using var listener = new MeterListener { InstrumentPublished = (instrument, self) => Enable(instrument, self) };
        listener.SetMeasurementEventCallback<long>(static (_, _, _, _) => Block());
        listener.SetMeasurementEventCallback<double>(static (_, _, _, _) => Block());
        listener.Start();
        var app = TaskRunnerApp.Create(["worker"]);
        app.MapTask("debug.echo", (JsonElement _, TaskContext _, CancellationToken _) => Task.CompletedTask);
        return await app.RunAsync();
    }

    private static void Enable(Instrument instrument, MeterListener listener)
    {
        if (instrument.Meter.Name == "TaskRunner")
        {
            listener.EnableMeasurementEvents(instrument);
        }
    }

    private static void Block()
    {
        Console.WriteLine("stuck");
        Thread.CurrentThread.Join();
    }
}
