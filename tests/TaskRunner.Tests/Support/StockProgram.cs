using System.Text.Json;
using TaskRunner.App;
using TaskRunner.Cli;
using TaskRunner.Loops;

namespace TaskRunner.Tests.Support;

/// <summary>Runs verbs of the stock program inside the test's process, with an environment of their own.</summary>
internal sealed class StockProgram(params IReadOnlyList<(string Name, string Value)> environment)
{
    private readonly Dictionary<string, string> variables = environment.ToDictionary(v => v.Name, v => v.Value, StringComparer.Ordinal);

    /// <summary>Maps tasks of a program that is more than the stock one.</summary>
    public Action<TaskRunnerApp> Map { get; init; } = _ => { };

    /// <summary>Its clock.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Told the loops of a long-running verb before they start.</summary>
    public Action<LoopSupervisor>? Supervising { get; init; }

    /// <summary>What its verbs read as standard input.</summary>
    public TextReader Input { get; init; } = TextReader.Null;

    /// <summary>The environment of its verbs.</summary>
    public IReadOnlyDictionary<string, string> Variables => variables;

    public string Variable(string name) => variables[name];

    /// <summary>Runs a verb to its end.</summary>
    public Task<Outcome> RunAsync(params string[] arguments) => RunAsync(arguments, stop: default);

    /// <summary>Runs a verb whose success a test builds on: a failure is told here, and not as what it leads to.</summary>
    /// <exception cref="InvalidOperationException">It ended with another code than 0; what it printed is in the message.</exception>
    public async Task SucceedAsync(params string[] arguments)
    {
        var (code, output, error) = await RunAsync(arguments);
        if (code != 0)
        {
            throw new InvalidOperationException($"'{string.Join(' ', arguments)}' ended with {code}: {error}{output}");
        }
    }

    /// <summary>Runs a verb to its end, or until the token is cancelled.</summary>
    public async Task<Outcome> RunAsync(string[] arguments, CancellationToken stop, Action<int>? listening = null)
    {
        await using var output = new StringWriter();
        await using var error = new StringWriter();
        var code = await Create(arguments).RunAsync(Context(output, error, stop) with { Listening = listening });
        return new Outcome(code, output.ToString(), error.ToString());
    }

    /// <summary>Starts a long-running verb; it has stopped gracefully when the result is disposed.</summary>
    public async Task<RunningProgram> StartAsync(params string[] arguments)
    {
        var stopping = new CancellationTokenSource();
        var listening = new TaskCompletionSource<int>(TaskCreationOptions.RunContinuationsAsynchronously);
        var output = TextWriter.Synchronized(new StringWriter());
        var context = Context(output, output, stopping.Token) with { Listening = listening.SetResult };
        var run = Task.Run(() => Create([.. arguments, "--http-port", "0", "--log-level", "error"]).RunAsync(context));
        var first = await Task.WhenAny(listening.Task, run);
        return first == run
            ? throw new InvalidOperationException($"The program ended with {await run}: {output}")
            : new RunningProgram(run, stopping, await listening.Task);
    }

    private TaskRunnerApp Create(string[] arguments)
    {
        var app = TaskRunnerApp.Create(arguments);
        app.Json.TypeInfoResolverChain.Insert(0, BuiltInJson.Default);
        DebugTasks.Map(app);
        HttpRequestTask.Map(app);
        Map(app);
        return app;
    }

    private VerbContext Context(TextWriter output, TextWriter error, CancellationToken stopping) =>
        new(new TaskRegistry(), new Microsoft.Extensions.DependencyInjection.ServiceCollection())
        {
            Output = output,
            Error = error,
            Environment = name => variables.GetValueOrDefault(name),
            Stopping = stopping,
            Time = Time,
            Supervising = Supervising,
            Program = "taskrunner",
            Input = Input,
        };

    internal sealed record Outcome(int Code, string Output, string Error)
    {
        public JsonElement Json => Output.Length > 0
            ? JsonElement.Parse(Output)
            : throw new InvalidOperationException($"The program printed no JSON and ended with {Code}: {Error}");

        public string[] Lines => Output.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
    }
}

/// <summary>A worker or beat that runs inside the test's process.</summary>
internal sealed class RunningProgram(Task<int> run, CancellationTokenSource stopping, int port) : IAsyncDisposable
{
    private static readonly HttpClient Client = new();

    /// <summary>Asks an endpoint; status and body.</summary>
    public async Task<(int Status, string Body)> GetAsync(string path)
    {
        using var answer = await Client.GetAsync(new Uri($"http://127.0.0.1:{port}{path}"));
        return ((int)answer.StatusCode, await answer.Content.ReadAsStringAsync());
    }

    public Task UntilReadyAsync() => Eventually.TrueAsync(async () => (await GetAsync("/readyz")).Status == 200);

    /// <summary>Stops it as SIGTERM does.</summary>
    /// <returns>The exit code.</returns>
    public async Task<int> StopAsync()
    {
        await stopping.CancelAsync();
        return await run;
    }

    /// <summary>Waits until it ends by itself.</summary>
    /// <returns>The exit code.</returns>
    public Task<int> ExitAsync() => run.WaitAsync(TimeSpan.FromSeconds(30));

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        stopping.Dispose();
    }
}
