using Microsoft.Extensions.Logging;

namespace TaskRunner.Worker;

/// <summary>Keeps log lines until the attempt is settled: a log that blocks must not stand between an end and its settlement. For one thread at a time.</summary>
/// <param name="logger">Where the lines go.</param>
internal sealed class LateLog(ILogger logger) : ILogger
{
    private List<Action>? lines;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    /// <summary>Whether the line is wanted is asked when it is written.</summary>
    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        void Write()
        {
            if (logger.IsEnabled(logLevel))
            {
                logger.Log(logLevel, eventId, state, exception, formatter);
            }
        }

        (lines ??= []).Add(Write);
    }

    /// <summary>Writes the other one's lines with its own.</summary>
    public void Follow(LateLog other)
    {
        if (other.lines is not null)
        {
            (lines ??= []).AddRange(other.lines);
        }
    }

    /// <summary>Writes what was kept.</summary>
    public void Flush()
    {
        foreach (var line in lines ?? [])
        {
            line();
        }

        lines = null;
    }
}
