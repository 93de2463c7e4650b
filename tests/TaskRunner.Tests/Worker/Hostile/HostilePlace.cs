using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using TaskRunner.Results;

namespace TaskRunner.Tests.Worker.Hostile;

/// <summary>A place where code of the application runs, and how a task ends whose code misbehaves there.</summary>
/// <param name="Map">Maps the task <c>hostile</c>, which does the given thing there.</param>
/// <param name="State">How its task must end.</param>
/// <param name="Text">What its output or error contains; null for the type of what is thrown.</param>
internal sealed record HostilePlace(Action<TaskRunnerApp, Action> Map, TaskState State, string? Text)
{
    /// <summary>Loggers that do it; null for silent ones.</summary>
    public Func<Action, ILoggerFactory>? Loggers { get; init; }

    /// <summary>A listener to spans that does it.</summary>
    public Func<Action, ActivityListener>? Spans { get; init; }

    /// <summary>Whether a listener to metrics does it.</summary>
    public bool IsMetrics { get; init; }

    /// <summary>How often the handler may run; null where that does not matter.</summary>
    public int? MostRuns { get; init; }

    public static IReadOnlyDictionary<string, HostilePlace> All { get; } = new Dictionary<string, HostilePlace>(StringComparer.Ordinal)
    {
        ["handler, at once"] = Failing((_, act) =>
        {
            act();
            return Task.FromResult("done");
        }),
        ["handler, later"] = Failing(async (_, act) =>
        {
            await Task.Yield();
            act();
            return "done";
        }),
        ["constructor of a service"] = Failing(
            (context, _) => Task.FromResult(context.Services.GetRequiredService<Service>().ToString()!), (app, act) => app.Services.AddScoped(_ => new Service(act, null))),
        ["reader of the arguments"] = new HostilePlace(
            (app, act) =>
            {
                app.Json.Converters.Add(new Converter(act, null));
                app.MapTask("hostile", (Converted _, TaskContext _, CancellationToken _) => Task.FromResult("done")).Retry(1, Backoff.Fixed(TimeSpan.Zero));
            },
            TaskState.Dead,
            null),
        ["writer of the output"] = Output(_ => new Converted(), (app, act) => app.Json.Converters.Add(new Converter(null, act))),
        ["property of the output"] = Output(act => new Lazy(act)),
        ["disposal of a service"] = Working((app, act) => app.Services.AddScoped(_ => new Service(null, act))),
        ["disposal of a service, later"] = Working((app, act) => app.Services.AddScoped<Service>(_ => new AsyncService(act))),
        ["log line"] = Working() with { Loggers = act => new HostileLogging(log: act) },
        ["log line of a failure"] = Failing((_, _) => throw new InvalidOperationException("plain")) with { Text = "InvalidOperationException: plain", Loggers = act => new HostileLogging(log: act) },
        ["begin of a log scope"] = Working() with { Loggers = act => new HostileLogging(scope: act) },
        ["end of a log scope"] = Working() with { Loggers = act => new HostileLogging(scopeEnd: act) },
        ["level of a log"] = Working() with
        {
            Loggers = act => new HostileLogging(isEnabled: () =>
            {
                act();
                return true;
            }),
        },
        ["sampler of spans"] = Working() with { Spans = act => Listener(sample: act) },
        ["begin of a span"] = Working() with { Spans = act => Listener(begin: act) },
        ["end of a span"] = Working() with { Spans = act => Listener(end: act) },
        ["measurement"] = Working() with { IsMetrics = true },
    };

    private static HostilePlace Failing(Func<TaskContext, Action, Task<string>> handler, Action<TaskRunnerApp, Action>? prepare = null) => new(
        (app, act) =>
        {
            prepare?.Invoke(app, act);
            app.MapTask("hostile", (JsonElement _, TaskContext context, CancellationToken _) => handler(context, act)).Retry(1, Backoff.Fixed(TimeSpan.Zero));
        },
        TaskState.Dead,
        null);

    private static HostilePlace Output<T>(Func<Action, T> output, Action<TaskRunnerApp, Action>? prepare = null) => new(
        (app, act) =>
        {
            prepare?.Invoke(app, act);
            app.MapTask("hostile", (JsonElement _, TaskContext context, CancellationToken _) =>
                context.Attempt > 1 ? throw new InvalidOperationException("its work was repeated") : Task.FromResult(output(act))).Retry(2, Backoff.Fixed(TimeSpan.Zero));
        },
        TaskState.Dead,
        "The task finished, but its output cannot be written as JSON: ");

    private static HostilePlace Working(Action<TaskRunnerApp, Action>? prepare = null) => new(
        (app, act) =>
        {
            prepare?.Invoke(app, act);
            app.MapTask("hostile", (JsonElement _, TaskContext context, CancellationToken _) =>
            {
                _ = context.Services.GetService<Service>();
                if (context.Attempt > 1)
                {
                    throw new InvalidOperationException("its work was repeated");
                }

                return Task.FromResult("done");
            }).Retry(1, Backoff.Fixed(TimeSpan.Zero));
        },
        TaskState.Succeeded,
        "done");

    private static ActivityListener Listener(Action? sample = null, Action? begin = null, Action? end = null) => new()
    {
        ShouldListenTo = source => source.Name == "TaskRunner",
        Sample = (ref ActivityCreationOptions<ActivityContext> options) =>
        {
            if (options.Name != "process hostile")
            {
                return ActivitySamplingResult.None;
            }

            sample?.Invoke();
            return ActivitySamplingResult.AllDataAndRecorded;
        },
        ActivityStarted = activity => Act(activity, begin),
        ActivityStopped = activity => Act(activity, end),
    };

    private static void Act(Activity activity, Action? act)
    {
        if (activity.OperationName == "process hostile")
        {
            act?.Invoke();
        }
    }

    private class Service : IDisposable
    {
        private readonly Action? disposal;

        public Service(Action? construction, Action? disposal)
        {
            this.disposal = disposal;
            construction?.Invoke();
        }

        public void Dispose() => disposal?.Invoke();
    }

    private sealed class AsyncService(Action disposal) : Service(null, null), IAsyncDisposable
    {
        public async ValueTask DisposeAsync()
        {
            await Task.Yield();
            disposal();
        }
    }

    private sealed record Converted;

    private sealed class Lazy(Action act)
    {
        public string Value
        {
            get
            {
                act();
                return "done";
            }
        }
    }

    private sealed class Converter(Action? read, Action? write) : JsonConverter<Converted>
    {
        public override Converted Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
        {
            read?.Invoke();
            reader.Skip();
            return new Converted();
        }

        public override void Write(Utf8JsonWriter writer, Converted value, JsonSerializerOptions options)
        {
            writer.WriteStartObject();
            write?.Invoke();
            writer.WriteEndObject();
        }
    }
}
