using Microsoft.Extensions.Logging;
using TaskRunner.Worker;

namespace TaskRunner.Configuration;

/// <summary>What every long-running verb needs.</summary>
internal sealed record ProcessSettings(int HttpPort, LogLevel LogLevel, bool JsonLogs, string Name)
{
    public static ProcessSettings Read(SettingsReader reader) => new(
        reader.Number(Settings.HttpPort, 8000, 0, 65_535),
        reader.Choice(
            Settings.LogLevel,
            LogLevel.Information,
            ("trace", LogLevel.Trace),
            ("debug", LogLevel.Debug),
            ("information", LogLevel.Information),
            ("warning", LogLevel.Warning),
            ("error", LogLevel.Error)),
        reader.Choice(Settings.LogFormat, Console.IsOutputRedirected, ("json", true), ("text", false)),
        reader.Text(Settings.Name) ?? Environment.MachineName);

    public static WorkerOptions ReadWorker(SettingsReader reader, ProcessSettings process, StoreSettings stores) => new()
    {
        Name = process.Name,
        Queues = QueueShares.Read(reader, Settings.Queues, "default"),
        Order = reader.Choice(Settings.QueueOrder, QueueOrder.Fair, QueueOrderName.All),
        Concurrency = reader.Number(Settings.Concurrency, 4, 1, 1000),
        Drain = reader.Seconds(Settings.DrainSeconds, 50, 0, 86_400),
        Lease = stores.Lease,
    };
}
