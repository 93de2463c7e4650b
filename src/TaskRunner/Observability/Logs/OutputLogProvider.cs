using Microsoft.Extensions.Logging;

namespace TaskRunner.Observability;

/// <summary>The program's own log: lines to one output.</summary>
internal sealed class OutputLogProvider(ILogLine format, LogOutput output) : ILoggerProvider, ISupportExternalScope
{
    private IExternalScopeProvider? scopes;

    public ILogger CreateLogger(string categoryName) => new OutputLogger(categoryName, this);

    public void SetScopeProvider(IExternalScopeProvider scopeProvider) => scopes = scopeProvider;

    public void Dispose()
    {
        // The container disposes the output, after all loggers.
    }

    private sealed class OutputLogger(string category, OutputLogProvider provider) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => provider.scopes?.Push(state);

        public bool IsEnabled(LogLevel logLevel) => logLevel != LogLevel.None;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (IsEnabled(logLevel))
            {
                provider.Write(logLevel, category, state, exception, formatter);
            }
        }
    }

    private void Write<TState>(LogLevel level, string category, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        try
        {
            output.Write(format.Write(level, category, state, exception, formatter, scopes));
        }
        catch (OutOfMemoryException)
        {
            // A line is not worth what was under way.
            output.Write([]);
        }
    }
}
