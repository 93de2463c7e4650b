using System.Globalization;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace TaskRunner.FaultWorker.Chaos;

/// <summary>What the types of tasks do whose authors mean no good.</summary>
public static class ChaosTasks
{
    /// <summary>Type whose tasks run until a file is there.</summary>
    public const string Meeting = "chaos.meet";

    private const int Megabyte = 1024 * 1024;

    private static readonly Dictionary<string, Func<TaskContext, CancellationToken, Task<object?>>> Handlers = new(StringComparer.Ordinal)
    {
        ["chaos.ok"] = async (context, stopping) => await WaitAsync(context, stopping),
        ["chaos.fails"] = (_, _) => throw new InvalidOperationException("It fails as programs do."),
        ["chaos.undescribable"] = (_, _) => throw new ThrowingException(),
        ["chaos.undescribable.inside"] = (_, _) => throw new InvalidOperationException("outer", new ThrowingException()),
        ["chaos.undescribable.aggregate"] = (_, _) => throw new AggregateException(new ThrowingException(), new NullException()),
        ["chaos.null.message"] = (_, _) => throw new NullException(),
        ["chaos.long.message"] = (_, _) => throw new InvalidOperationException(new string('x', Megabyte)),
        ["chaos.cancelled"] = (_, _) => throw new OperationCanceledException("Nobody asked for it."),
#pragma warning disable CA2201 // What the runtime throws is what it is about.
        ["chaos.memory"] = (_, _) => throw new OutOfMemoryException("Nothing is left."),
#pragma warning restore CA2201
        ["chaos.blocks"] = (context, _) =>
        {
            // It holds its thread, as synchronous code does.
            using var never = new ManualResetEventSlim();
            never.Wait(200 + (Number(context) % 800), CancellationToken.None);
            return Task.FromResult<object?>(null);
        },
        ["chaos.ignores.cancellation"] = async (_, _) =>
        {
            await Task.Delay(TimeSpan.FromSeconds(3), TimeProvider.System, CancellationToken.None);
            return null;
        },
        ["chaos.dispose"] = (context, _) =>
        {
            context.Services.GetRequiredService<ThrowingService>();
            return Task.FromResult<object?>(null);
        },
        ["chaos.dispose.fails"] = (context, _) =>
        {
            context.Services.GetRequiredService<ThrowingService>();
            throw new ThrowingException();
        },
        ["chaos.output.nan"] = (_, _) => Task.FromResult<object?>(double.NaN),
        ["chaos.output.cycle"] = (_, _) => Task.FromResult<object?>(Cycle()),
        ["chaos.output.deep"] = (_, _) => Task.FromResult<object?>(Nested(63)),
        ["chaos.output.too.deep"] = (_, _) => Task.FromResult<object?>(Nested(500)),
        ["chaos.output.large"] = (_, _) => Task.FromResult<object?>(new string('\u4e2d', 3 * Megabyte)),
        ["chaos.output.surrogate"] = (_, _) => Task.FromResult<object?>("\ud800"),
        ["chaos.output.throws"] = (_, _) => Task.FromResult<object?>(new ThrowingOutput()),
        ["chaos.output.disposed"] = (_, _) => Task.FromResult<object?>(Disposed()),
        ["chaos.logs"] = (context, _) =>
        {
#pragma warning disable CA1848, CA2254 // It logs as careless code does.
            context.Logger.LogInformation(new string('y', Megabyte));
            context.Logger.LogError(new ThrowingException(), "{Odd}", new ThrowingOutput());
#pragma warning restore CA1848, CA2254
            return Task.FromResult<object?>(null);
        },
    };

    /// <summary>Types whose tasks end, one way or the other, without an end of their process.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. Handlers.Keys];

    /// <summary>Types whose tasks end their process.</summary>
    public static IReadOnlyList<string> Crashes { get; } = ["chaos.crash.stack", "chaos.crash.exit", "chaos.crash.thread"];

    /// <summary>Maps all types.</summary>
    /// <param name="app">The program.</param>
    /// <param name="ledger">Told what runs.</param>
    /// <param name="released">The file that ends a meeting.</param>
    public static void Map(TaskRunnerApp app, Ledger ledger, string released)
    {
        ArgumentNullException.ThrowIfNull(app);
        ArgumentNullException.ThrowIfNull(ledger);
        app.Services.AddScoped<ThrowingService>();
        foreach (var (name, handler) in Handlers)
        {
            app.MapTask(name, async (JsonElement _, TaskContext context, CancellationToken stopping) =>
            {
                ledger.Started(context.Id);
                try
                {
                    return await handler(context, stopping);
                }
                finally
                {
                    ledger.Ended(context.Id);
                }
            }).Retry(1, Backoff.Fixed(TimeSpan.FromMilliseconds(200)));
        }

        app.MapTask(Meeting, async (JsonElement _, TaskContext _, CancellationToken stopping) =>
        {
            while (!File.Exists(released))
            {
                await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, stopping);
            }
        });
        foreach (var name in Crashes)
        {
            app.MapTask(name, (JsonElement _, TaskContext context, CancellationToken _) =>
            {
                ledger.Started(context.Id);
                Crash(context.Task);
                return Task.CompletedTask;
            });
        }
    }

    private static async Task<object?> WaitAsync(TaskContext context, CancellationToken stopping)
    {
        await Task.Delay(TimeSpan.FromMilliseconds(Number(context) % 50), TimeProvider.System, stopping);
        return context.Id;
    }

    private static int Number(TaskContext context) => context.Id.GetHashCode() & 0xffff;

    private static void Crash(string name)
    {
        switch (name)
        {
            case "chaos.crash.stack":
                Recurse(0);
                break;
            case "chaos.crash.exit":
                Environment.Exit(3);
                break;
            default:
                var thread = new Thread(() => throw new InvalidOperationException("Nobody catches it."));
                thread.Start();
                thread.Join();
                break;
        }
    }

    private static int Recurse(int depth) => depth < 0 ? depth : Recurse(depth + 1) + Recurse(depth + 2);

    private static Dictionary<string, object> Cycle()
    {
        var one = new Dictionary<string, object>(StringComparer.Ordinal);
        one["one"] = one;
        return one;
    }

    private static JsonElement Nested(int levels) =>
        JsonDocument.Parse(new string('[', levels) + new string(']', levels), new JsonDocumentOptions { MaxDepth = 1000 }).RootElement;

    private static JsonElement Disposed()
    {
        var document = JsonDocument.Parse("[1]");
        var root = document.RootElement;
        document.Dispose();
        return root;
    }

    private sealed class ThrowingOutput
    {
        public string Text => throw new ThrowingException();

        public override string ToString() => throw new InvalidOperationException(string.Create(CultureInfo.InvariantCulture, $"{nameof(ToString)} throws."));
    }
}
