using Microsoft.Extensions.Logging;

namespace TaskRunner.Observability;

/// <summary>Makes a log line, or a few, with the line feed at the end. Never throws for what the application gives it.</summary>
internal interface ILogLine
{
    byte[] Write<TState>(LogLevel level, string category, TState state, Exception? exception, Func<TState, Exception?, string> formatter, IExternalScopeProvider? scopes);
}
