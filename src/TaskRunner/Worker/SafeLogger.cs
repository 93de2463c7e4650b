using Microsoft.Extensions.Logging;

namespace TaskRunner.Worker;

/// <summary>A logger that never throws: a log provider of the application that fails costs its line, and neither a task nor a settlement.</summary>
internal sealed class SafeLogger(ILogger logger) : ILogger
{
    private const int DeepestNesting = 8;

    [ThreadStatic]
    private static int nesting;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull
    {
        try
        {
            return logger.BeginScope(state) is { } scope ? new Scope(scope) : null;
        }
#pragma warning disable CA1031 // Whatever a provider throws, the work goes on.
        catch (Exception)
#pragma warning restore CA1031
        {
            return null;
        }
    }

    public bool IsEnabled(LogLevel logLevel)
    {
        try
        {
            return logger.IsEnabled(logLevel);
        }
#pragma warning disable CA1031 // As above.
        catch (Exception)
#pragma warning restore CA1031
        {
            return false;
        }
    }

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        // A provider that logs while it logs would use up the stack.
        if (nesting >= DeepestNesting)
        {
            return;
        }

        nesting++;
        try
        {
            logger.Log(logLevel, eventId, state, exception, formatter);
        }
#pragma warning disable CA1031 // As above.
        catch (Exception)
#pragma warning restore CA1031
        {
            // The line is lost.
        }
        finally
        {
            nesting--;
        }
    }

    private sealed class Scope(IDisposable scope) : IDisposable
    {
        public void Dispose()
        {
            try
            {
                scope.Dispose();
            }
#pragma warning disable CA1031 // As above.
            catch (Exception)
#pragma warning restore CA1031
            {
                // The provider's scope is the provider's affair.
            }
        }
    }
}
