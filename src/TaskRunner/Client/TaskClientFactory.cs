using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using TaskRunner.Configuration;

namespace TaskRunner.Client;

/// <summary>Reads a client's settings and makes it.</summary>
internal static class TaskClientFactory
{
    /// <exception cref="ConfigurationException">The settings have mistakes; all are listed.</exception>
    public static TaskClient Create(TaskClientOptions options, TaskRegistry? mapped, Func<string, string?> configuration, ILoggerFactory? loggers, TimeProvider time)
    {
        var reader = new SettingsReader(setting => Override(setting, options), configuration);
        var stores = StoreSettings.Read(reader, needsBroker: true, needsDatabase: false);
        var routes = reader.Routes(Settings.Routes);
        reader.ThrowIfMistaken();
#pragma warning disable CA2000 // The client owns its connections.
        var described = options.Described.Over(mapped);
        var log = loggers ?? NullLoggerFactory.Instance;
        var unknown = new UnknownTasks(described, log.CreateLogger("TaskRunner.Client"));
        return new TaskClient(new TaskClientConnections(stores, options.Name, time, log), options.Json, routes, described, unknown, time);
#pragma warning restore CA2000
    }

    private static string? Override(Setting setting, TaskClientOptions options) => setting switch
    {
        _ when setting == Settings.BrokerUrl => options.BrokerUrl,
        _ when setting == Settings.DatabaseUrl => options.DatabaseUrl,
        _ when setting == Settings.Namespace => options.Namespace,
        _ => null,
    };
}
