using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;

namespace TaskRunner.Observability;

/// <summary>Logs of a long-running process: to standard output, as JSON or as text, and to the application's own providers. None of them can hold up the process.</summary>
internal static class Logging
{
    public static IServiceCollection AddConsoleLogs(this IServiceCollection services, bool json, LogLevel level, TimeProvider time)
    {
        if (services.Any(service => service.ServiceType == typeof(LogOutput)))
        {
            return services;
        }

        services.AddLogging(logging =>
        {
            logging.SetMinimumLevel(level);

            // The web server tells of each start and request; that is its business only when something is wrong.
            logging.AddFilter("Microsoft", level > LogLevel.Warning ? level : LogLevel.Warning);
        });
        var losses = new LogLosses();
        QueueOthers(services, losses);
        ILogLine format = json ? new JsonLogLine(time) : new TextLogLine(time);
        services.AddSingleton(losses);

        // By the container, which disposes it last: it is made first.
        services.AddSingleton(_ => new LogOutput(Console.OpenStandardOutput(), losses, lost => LossLine(format, lost)));
        services.AddSingleton<ILoggerProvider>(provider => new OutputLogProvider(format, provider.GetRequiredService<LogOutput>()));
        return services;
    }

    /// <summary>Reads how many log lines were dropped.</summary>
    public static Func<long> LostLogLines(this IServiceProvider services)
    {
        var losses = services.GetRequiredService<LogLosses>();
        return () => losses.Count;
    }

    /// <summary>A console of the application's gives way to the program's own, as before; all other providers get their entries from a queue.</summary>
    private static void QueueOthers(IServiceCollection services, LogLosses losses)
    {
        for (var i = services.Count - 1; i >= 0; i--)
        {
            var service = services[i];
            if (service.ServiceType != typeof(ILoggerProvider) || service.IsKeyedService)
            {
                continue;
            }

            services.RemoveAt(i);
            if (service.ImplementationType != typeof(ConsoleLoggerProvider))
            {
                services.Insert(i, ServiceDescriptor.Singleton(provider => QueuedLogProvider.Of(Create(service, provider), losses)));
            }
        }
    }

    [UnconditionalSuppressMessage("Trimming", "IL2072", Justification = "The container would make the same type in the same way; its descriptor keeps the constructors.")]
    private static ILoggerProvider Create(ServiceDescriptor service, IServiceProvider services) =>
        (ILoggerProvider)(service.ImplementationInstance
            ?? service.ImplementationFactory?.Invoke(services)
            ?? ActivatorUtilities.CreateInstance(services, service.ImplementationType!));

    private static byte[] LossLine(ILogLine format, long lost) => format.Write(
        LogLevel.Warning,
        "TaskRunner.Logs",
        (IReadOnlyList<KeyValuePair<string, object?>>)[new("Lost", lost)],
        null,
        (_, _) => $"{lost} log lines were lost: standard output was not read",
        null);
}
