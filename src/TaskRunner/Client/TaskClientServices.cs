using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using TaskRunner.Client;

namespace TaskRunner;

/// <summary>Gives an application a <see cref="TaskClient"/>.</summary>
public static class TaskClientServices
{
    /// <summary>
    /// Adds one <see cref="TaskClient"/> for the whole application. Settings come from the application's configuration (which has the
    /// environment's variables in it), or from <paramref name="configure"/>.
    /// </summary>
    /// <param name="services">The application's services.</param>
    /// <param name="configure">Sets what the configuration does not.</param>
    /// <remarks>Asking for the client throws <see cref="Configuration.ConfigurationException"/> when settings have mistakes; it lists all of them.</remarks>
    public static IServiceCollection AddTaskRunnerClient(this IServiceCollection services, Action<TaskClientOptions>? configure = null)
    {
        services.TryAddSingleton(provider =>
        {
            var options = new TaskClientOptions();
            configure?.Invoke(options);
            var configuration = provider.GetService<IConfiguration>();
            return TaskClientFactory.Create(
                options,
                provider.GetService<TaskRegistry>(),
                name => configuration is null ? Environment.GetEnvironmentVariable(name) : configuration[name],
                provider.GetService<ILoggerFactory>(),
                provider.GetService<TimeProvider>() ?? TimeProvider.System);
        });
        return services;
    }
}
