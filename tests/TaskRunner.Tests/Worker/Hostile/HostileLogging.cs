using Microsoft.Extensions.Logging;

namespace TaskRunner.Tests.Worker.Hostile;

/// <summary>Loggers of tasks that do what a test tells them to; all others are silent.</summary>
internal sealed class HostileLogging(Action? log = null, Action? scope = null, Action? scopeEnd = null, Func<bool>? isEnabled = null) : ILoggerFactory
{
    public ILogger CreateLogger(string categoryName) =>
        categoryName == "TaskRunner.Task" ? new Logger(log, scope, scopeEnd, isEnabled) : Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance;

    public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException("This factory is its own provider.");

    public void Dispose()
    {
        // Nothing is held.
    }

    private sealed class Logger(Action? log, Action? scope, Action? scopeEnd, Func<bool>? isEnabled) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull
        {
            scope?.Invoke();
            return new Scope(scopeEnd);
        }

        public bool IsEnabled(LogLevel logLevel) => isEnabled?.Invoke() ?? true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            log?.Invoke();

            // What console and JSON formatters do.
            _ = formatter(state, exception) + exception?.ToString();
        }
    }

    private sealed class Scope(Action? end) : IDisposable
    {
        public void Dispose() => end?.Invoke();
    }
}
