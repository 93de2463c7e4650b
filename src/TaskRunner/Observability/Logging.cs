using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;

namespace TaskRunner.Observability;

/// <summary>Logs of a long-running process: to standard output, as JSON or as text.</summary>
internal static class Logging
{
    public static IServiceCollection AddConsoleLogs(this IServiceCollection services, bool json, LogLevel level, TimeProvider time)
    {
        services.AddLogging(logging =>
        {
            logging.SetMinimumLevel(level);

            // The web server tells of each start and request; that is its business only when something is wrong.
            logging.AddFilter("Microsoft", level > LogLevel.Warning ? level : LogLevel.Warning);
            logging.AddConsole(console => console.FormatterName = json ? JsonLogFormatter.FormatterName : ConsoleFormatterNames.Simple);
            if (!json)
            {
                logging.AddSimpleConsole(console =>
                {
                    console.SingleLine = true;
                    console.TimestampFormat = "HH:mm:ss.fff ";
                    console.UseUtcTimestamp = true;
                });
            }
        });
        services.AddSingleton<ConsoleFormatter>(new JsonLogFormatter(time));
        return services;
    }
}
