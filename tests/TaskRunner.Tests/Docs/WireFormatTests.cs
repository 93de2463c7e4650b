using System.Diagnostics;
using FluentAssertions;
using TaskRunner.Observability;
using TaskRunner.Tests.Support;
using TaskRunner.Worker;
using Xunit;

namespace TaskRunner.Tests.Docs;

/// <summary>The examples of docs/wire-format.md, run as they stand there: programs that know nothing of TaskRunner enqueue a task.</summary>
public sealed class WireFormatTests : IAsyncLifetime
{
    private RedisServer redis = null!;

    public async Task InitializeAsync() => redis = await RedisServer.StartAsync();

    public async Task DisposeAsync() => await redis.DisposeAsync();

    [Fact]
    public Task Task_pushed_with_redis_cli_runs() => RunsAsync("/bin/sh", CodeBlock.Read("wire-format.md", "### redis-cli", "sh"), "pushed by hand");

    [Fact]
    public Task Task_pushed_with_Python_runs() => RunsAsync("/usr/bin/python3", CodeBlock.Read("wire-format.md", "### Python", "python"), "pushed by Python");

    private async Task RunsAsync(string interpreter, string code, string text)
    {
        await using var harness = await BrokerHarness.OpenAsync(redis.Url, options => options with { Namespace = "default" });
        var app = TaskRunnerApp.Create([]);
        app.MapTask("reports.count_words", static (Text request, TaskContext _, CancellationToken _) => Task.FromResult(request.Value));
        await using var worker = TestWorker.Start(app, redis.Url, harness, options => options with { Queues = [new QueueShare("reports")] });
        await worker.UntilStartedAsync();

        var output = await ExecuteAsync(interpreter, code);

        await Eventually.TrueAsync(() => !worker.Observer.Finished.IsEmpty);
        var finished = worker.Observer.Finished.Should().ContainSingle().Subject;
        finished.Outcome.Should().Be(TaskOutcome.Succeeded);
        finished.Message!.Task.Should().Be("reports.count_words");
        System.Text.Encoding.UTF8.GetString(finished.Message.Arguments.Span).Should().Contain(text);
        output.Replace("-", "", StringComparison.Ordinal).Should().Contain(finished.Message.Id.ToString("N"), "it prints the id by which the result is found");
    }

    private async Task<string> ExecuteAsync(string interpreter, string code)
    {
        var start = new ProcessStartInfo(interpreter, ["-c", code]) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["TASKRUNNER_BROKER_URL"] = redis.Url;
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        process.ExitCode.Should().Be(0, await error);
        return await output;
    }

    private sealed record Text([property: System.Text.Json.Serialization.JsonPropertyName("text")] string Value);
}
