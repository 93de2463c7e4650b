using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.Extensions.DependencyInjection;
using TaskRunner.Cli;

namespace TaskRunner;

/// <summary>
/// A program with tasks of its own: every verb of <c>taskrunner</c> comes with it.
/// <code>
/// var app = TaskRunnerApp.Create(args);
/// app.MapTask("pricing.fetch_gold_rates", async (FetchRates request, TaskContext context, CancellationToken stopping) => …)
///    .Queue("pricing").Priority(8).Retry(5);
/// return await app.RunAsync();
/// </code>
/// </summary>
public sealed class TaskRunnerApp
{
    private readonly string[] arguments;
    private readonly TaskRegistry registry = new();
    private JsonSerializerOptions? reading;
    private JsonSerializerOptions? handedOn;
    private JsonSerializerOptions? writing;

    internal TaskRegistry Registry => registry;

    private TaskRunnerApp(string[] arguments)
    {
        this.arguments = arguments;
        CheckTask.Map(registry);

        // A client among the services knows the program's task types.
        Services.AddSingleton(registry);
    }

    /// <summary>Services that tasks get by <see cref="TaskContext.Services"/>; scoped ones live as long as one attempt.</summary>
    public IServiceCollection Services { get; } = new ServiceCollection();

    /// <summary>
    /// How arguments and outputs are read and written: camel case, as on the web. In a trimmed program insert your own
    /// <see cref="System.Text.Json.Serialization.JsonSerializerContext"/> at the start of its resolver chain. It is read-only once the first task is mapped.
    /// </summary>
    public JsonSerializerOptions Json { get; } = TaskJson.CreateOptions();

    /// <summary>
    /// Whether arguments must fit the type of their task (default). A member that the type does not have, and a missing one that its constructor needs (a parameter
    /// without a default value whose type does not allow null), fail the task at once. With false, unknown members are passed over and missing ones have the default of
    /// their type. One type says it for itself by <see cref="System.Text.Json.Serialization.JsonUnmappedMemberHandlingAttribute"/> and by default values.
    /// </summary>
    /// <exception cref="InvalidOperationException">A task was mapped before.</exception>
    public bool StrictArguments
    {
        get;
        set => field = reading is null ? value : throw new InvalidOperationException("StrictArguments must be set before the first task is mapped.");
    } = true;

    /// <summary>Starts the description of a program.</summary>
    /// <param name="args">The command line: verb and flags.</param>
    public static TaskRunnerApp Create(string[] args) => new(args);

    /// <summary>Maps a task that returns an output.</summary>
    /// <typeparam name="TRequest">Type of the arguments.</typeparam>
    /// <typeparam name="TResult">Type of the output.</typeparam>
    /// <param name="name">1 to 200 characters without control characters, unique in the program, for example <c>pricing.fetch_gold_rates</c>.</param>
    /// <param name="handler">Runs one attempt. The token is cancelled when the time limit is over, the worker drains or its lease is lost; an attempt that ends because of that is run again and uses none up.</param>
    /// <remarks>A name that is empty, too long or mapped before is reported by <see cref="RunAsync()"/>, which ends with exit code 2.</remarks>
    public TaskBuilder MapTask<TRequest, TResult>(string name, Func<TRequest, TaskContext, CancellationToken, Task<TResult>> handler)
    {
        var request = ArgumentsType<TRequest>();
        var result = OutputType<TResult>();
        return Map(name, async (context, stopping) =>
        {
            // A context that the handler leaves on the thread must not be where this goes on.
            var output = await handler(Read(context, request), context, stopping).ConfigureAwait(false);
            using var writing = new ConversionScope(context.Conversions, Conversion.Output);
            return output is null ? null : TaskOutput.Write(output, result, context.MaxOutputBytes);
        });
    }

    /// <summary>Maps a task without output.</summary>
    /// <inheritdoc cref="MapTask{TRequest, TResult}"/>
    public TaskBuilder MapTask<TRequest>(string name, Func<TRequest, TaskContext, CancellationToken, Task> handler)
    {
        var request = ArgumentsType<TRequest>();
        return Map(name, async (context, stopping) =>
        {
            await handler(Read(context, request), context, stopping).ConfigureAwait(false);
            return null;
        });
    }

    /// <summary>Runs the verb of the command line.</summary>
    /// <returns>The exit code, see docs/exit-codes.md.</returns>
    public Task<int> RunAsync() => CommandLine.RunAsync(arguments, new VerbContext(registry, Services));

    /// <summary>Runs a verb inside a test, with its own environment and output.</summary>
    internal Task<int> RunAsync(VerbContext context) => CommandLine.RunAsync(arguments, context with { Registry = registry, Services = Services });

    private TaskBuilder Map(string name, Func<TaskContext, CancellationToken, Task<string?>> run)
    {
        var definition = new TaskDefinition(name, run);
        registry.Add(definition);
        return new TaskBuilder(definition);
    }

    private TRequest Read<TRequest>(TaskContext context, JsonTypeInfo<TRequest> type)
    {
        using var reading = new ConversionScope(context.Conversions, Conversion.Arguments);

        // Another language may have cut a text in two. No attempt could read it, also not one that gets the JSON as it is.
        if (JsonInput.PlaceOfHalfPair(context.Message.Arguments.Span) is { } place)
        {
            throw new PermanentFailureException($"The arguments of '{context.Task}' hold half of a surrogate pair in the text at {place}.");
        }

        if (context.Message.IsHandedOn)
        {
            type = (JsonTypeInfo<TRequest>)handedOn!.GetTypeInfo(typeof(TRequest));
        }

        try
        {
            return JsonSerializer.Deserialize(context.Message.Arguments.Span, type)
                ?? throw new PermanentFailureException($"The arguments of '{context.Task}' are null; the task takes a {typeof(TRequest).Name}.");
        }
        catch (JsonException e)
        {
            throw new PermanentFailureException($"The arguments of '{context.Task}' do not fit {typeof(TRequest).Name}: {e.Message}", e);
        }
    }

    private JsonTypeInfo<T> ArgumentsType<T>()
    {
        if (reading is null)
        {
            // What is changed from now on would be used for some tasks and not for others.
            Json.MakeReadOnly();
            reading = TaskJson.ForArguments(Json, StrictArguments);
        }

        handedOn ??= TaskJson.ForHandedOn(reading);
        return (JsonTypeInfo<T>)reading.GetTypeInfo(typeof(T));
    }

    private JsonTypeInfo<T> OutputType<T>() => (JsonTypeInfo<T>)(writing ??= TaskJson.ForOutputs(Json)).GetTypeInfo(typeof(T));
}
