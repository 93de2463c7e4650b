using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using TaskRunner.Loops;

namespace TaskRunner.Observability;

/// <summary>
/// Hands log entries to a provider of the application on a thread of its own: a provider that blocks or throws costs its own entries. Entries are formatted by the caller,
/// and scopes are those of the caller.
/// </summary>
internal class QueuedLogProvider : ILoggerProvider
{
    private const int MostEntries = 10_000;
    private static readonly TimeSpan LastPatience = TimeSpan.FromSeconds(2);

    private readonly LogLosses losses;
    private readonly BlockingCollection<(Action Log, ExecutionContext? Context)> entries = new(MostEntries);
    private readonly Lazy<Thread> thread;
    private bool isDisposed;

    public QueuedLogProvider(ILoggerProvider inner, LogLosses losses)
    {
        Inner = inner;
        this.losses = losses;
        thread = new Lazy<Thread>(Start);
    }

    protected ILoggerProvider Inner { get; }

    /// <summary>Wraps a provider, with its scopes if it has them.</summary>
    public static ILoggerProvider Of(ILoggerProvider inner, LogLosses losses) => inner is ISupportExternalScope ? new Scoped(inner, losses) : new QueuedLogProvider(inner, losses);

    public ILogger CreateLogger(string categoryName) => new QueuedLogger(Inner.CreateLogger(categoryName), this);

    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    protected virtual void Dispose(bool disposing)
    {
        if (isDisposed)
        {
            return;
        }

        isDisposed = true;
        entries.CompleteAdding();

        // The provider's own end may block as well: it comes on the thread, too.
        if (thread.Value.Join(LastPatience))
        {
            entries.Dispose();
        }
    }

    private void Add(Action log)
    {
        _ = thread.Value;
        try
        {
            if (entries.TryAdd((log, ExecutionContext.Capture())))
            {
                return;
            }
        }
        catch (InvalidOperationException)
        {
            // The process ends.
        }

        losses.Add(1);
    }

    private Thread Start()
    {
        var writer = new Thread(Run) { IsBackground = true, Name = "application-log" };
        writer.UnsafeStart();
        return writer;
    }

    private void Run()
    {
        foreach (var (log, context) in entries.GetConsumingEnumerable())
        {
            Try(() =>
            {
                if (context is null)
                {
                    log();
                }
                else
                {
                    ExecutionContext.Run(context, static action => ((Action)action!)(), log);
                }
            });
        }

        Try(Inner.Dispose);
    }

    private void Try(Action action)
    {
        try
        {
            action();
        }
        catch (Exception e) when (Survivable.Any(e))
        {
            losses.Add(1);
        }
    }

    private sealed class QueuedLogger(ILogger inner, QueuedLogProvider provider) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => inner.BeginScope(state);

        public bool IsEnabled(LogLevel logLevel)
        {
            try
            {
                return inner.IsEnabled(logLevel);
            }
            catch (Exception e) when (Survivable.Any(e))
            {
                return false;
            }
        }

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            // Now: states may be reused once the call is over.
            var text = LogText.Message(state, exception, formatter);
            if (state is IReadOnlyList<KeyValuePair<string, object?>> list)
            {
                KeyValuePair<string, object?>[] fields = [.. list];
                provider.Add(() => inner.Log(logLevel, eventId, fields, exception, (_, _) => text));
            }
            else
            {
                provider.Add(() => inner.Log(logLevel, eventId, state, exception, (_, _) => text));
            }
        }
    }

    private sealed class Scoped(ILoggerProvider inner, LogLosses losses) : QueuedLogProvider(inner, losses), ISupportExternalScope
    {
        public void SetScopeProvider(IExternalScopeProvider scopeProvider) => ((ISupportExternalScope)Inner).SetScopeProvider(scopeProvider);
    }
}
