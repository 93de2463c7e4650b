using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using FluentAssertions;
using TaskRunner.Tests.Support;
using Xunit;

namespace TaskRunner.Tests.Worker;

/// <summary>Real processes whose standard output nobody reads, whose terminal is closed, or who are told to stop in other ways than SIGTERM.</summary>
public sealed class BlockedOutputTests(RedisFixture redis, PostgresFixture postgres) : IClassFixture<RedisFixture>, IClassFixture<PostgresFixture>, IAsyncLifetime
{
    private static readonly TimeSpan Long = TimeSpan.FromSeconds(60);
    private static readonly string Folder = Directory.CreateTempSubdirectory("taskrunner-fifo-").FullName;

    private (string, string)[] environment = [];
    private StockProgram program = new();

    public async Task InitializeAsync()
    {
        environment =
        [
            .. ProgramVariables.Of(redis, await postgres.CreateMigratedAsync()),
            ("TASKRUNNER_LEASE_SECONDS", "3"), ("TASKRUNNER_LOG_LEVEL", "debug"), ("TASKRUNNER_DRAIN_SECONDS", "5"),
        ];
        program = new StockProgram(environment);
    }

    public Task DisposeAsync() => Task.CompletedTask;

    [Fact]
    public async Task Worker_whose_output_nobody_reads_does_its_work_says_what_was_lost_and_drains()
    {
        using var fifo = Fifo();
        var port = FreePort.Next();
        using var worker = Start("worker", fifo.Name, port);
        var message = new string('x', 4000);

        // Far more than the pipe takes: a line with a stack for each failure, and then far more than the queue takes.
        await program.SucceedAsync("enqueue", "debug.fail", "-a", $$"""{"message":"{{message}}"}""", "--count", "2000");
        var echo = await program.RunAsync("enqueue", "debug.echo", "--priority", "0", "--wait", "--timeout", "60s");

        echo.Code.Should().Be(0, echo.Error);
        using var client = new HttpClient();
        var metrics = await Eventually.ReturnsAsync(
            () => client.GetStringAsync(new Uri($"http://127.0.0.1:{port}/metrics")), text => !text.Contains("taskrunner_log_lines_lost_total 0", StringComparison.Ordinal), Long);
        metrics.Should().Contain("taskrunner_log_lines_lost_total");

        await SignalAsync(worker, "TERM");

        await worker.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(25), TimeProvider.System);
        worker.ExitCode.Should().Be(0);
    }

    [Fact]
    public async Task Reader_that_comes_back_is_told_once_how_many_lines_it_missed()
    {
        using var fifo = Fifo();
        using var worker = Start("worker", fifo.Name, FreePort.Next());
        await program.SucceedAsync("enqueue", "debug.fail", "-a", $$"""{"message":"{{new string('x', 4000)}}"}""", "--count", "2000");
        (await program.RunAsync("enqueue", "debug.echo", "--priority", "0", "--wait", "--timeout", "60s")).Code.Should().Be(0);

        using var reader = new StreamReader(fifo);
        var lines = new List<string>();
        while (lines.LastOrDefault()?.Contains("log lines were lost", StringComparison.Ordinal) != true)
        {
            lines.Add((await reader.ReadLineAsync().WaitAsync(Long, TimeProvider.System))!);
        }

        lines.Should().OnlyContain(line => JsonElement.Parse(line).ValueKind == JsonValueKind.Object);
        JsonElement.Parse(lines[^1]).GetProperty("lost").GetInt64().Should().BePositive();
        await SignalAsync(worker, "KILL");
        await worker.WaitForExitAsync();
    }

    [Fact]
    public async Task Beat_whose_output_nobody_reads_ticks_on_and_stops()
    {
        for (var i = 0; i < 20; i++)
        {
            (await program.RunAsync("schedule", "add", $"refused-{i}", "--every", "200ms", "--task", "debug.echo", "--arguments", $$"""{"text":"{{new string('x', 5_000)}}"}""")).Should().BeEquivalentTo(new { Code = 0 });
        }

        (await program.RunAsync("schedule", "add", "good", "--every", "1s", "--task", "debug.echo", "--queue", "good", "--overlap", "allow")).Code.Should().Be(0);
        using var fifo = Fifo();
        using var beat = Start("beat", fifo.Name, FreePort.Next(), ("TASKRUNNER_MAX_PAYLOAD_BYTES", "1024"), ("TASKRUNNER_LOG_LEVEL", "trace"));
        await using var harness = await BrokerHarness.OpenAsync(redis.Url, o => o with { Namespace = program.Variable("TASKRUNNER_NAMESPACE") });

        // Until the pipe is full there are ticks anyhow; the writer stands still from the moment on in which it holds 64 KiB.
        await Eventually.TrueAsync(async () => (await harness.Broker.StatusAsync("good", default)).Waiting >= 15, Long);

        await SignalAsync(beat, "TERM");
        await beat.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(15), TimeProvider.System);
        beat.ExitCode.Should().Be(0);
    }

    [Theory]
    [InlineData("HUP")]
    [InlineData("QUIT")]
    public async Task Worker_drains_for_a_closed_terminal_and_for_quit_as_for_terminate(string signal)
    {
        await using var worker = WorkerProcess.Start("worker", environment);
        var id = (await program.RunAsync("enqueue", "debug.sleep", "-a", """{"seconds":2}""")).Lines.Single();
        await Eventually.TrueAsync(async () => (await program.RunAsync("inspect", "active", "-o", "json")).Json.GetProperty("tasks").GetArrayLength() == 1, Long);

        await worker.SignalAsync(signal);

        (await worker.ExitAsync().WaitAsync(Long, TimeProvider.System)).Should().Be(0);
        var result = (await program.RunAsync("result", id, "--wait", "--timeout", "60s", "-o", "json")).Json;
        result.GetProperty("state").GetString().Should().Be("succeeded");
        result.GetProperty("redeliveries").GetInt32().Should().Be(0);
    }

    [Fact]
    public async Task Success_is_a_line_at_debug_level_with_its_duration()
    {
        await using var worker = WorkerProcess.Start("worker", environment);

        var id = (await program.RunAsync("enqueue", "debug.echo")).Lines.Single();

        var line = await Eventually.ReturnsAsync(() => Task.FromResult(worker.Output.FirstOrDefault(l => l.Contains(id, StringComparison.Ordinal))), l => l is not null, Long);
        var json = JsonElement.Parse(line!);
        json.GetProperty("level").GetString().Should().Be("debug");
        json.GetProperty("message").GetString().Should().StartWith($"Task debug.echo {id} of queue default succeeded in attempt 1 after ");
        json.GetProperty("milliseconds").GetDouble().Should().BeGreaterThanOrEqualTo(0);
    }

    [Theory]
    [InlineData("", false)]
    [InlineData("json", true)]
    public async Task Log_on_a_terminal_is_text_unless_it_is_asked_to_be_json(string format, bool isJson)
    {
        // Python gives it a terminal.
        await using var worker = WorkerProcess.StartProgram(
            "/usr/bin/python3",
            [
                "-c", "import pty, sys; pty.spawn(sys.argv[1:])",
                .. WorkerProcess.CommandOf(WorkerProcess.StockProgram), "worker", "--http-port", "0",
            ],
            [.. environment, ("TASKRUNNER_LOG_FORMAT", format)]);

        var line = await Eventually.ReturnsAsync(() => Task.FromResult(worker.Output.FirstOrDefault(l => l.Contains("TaskRunner.Worker", StringComparison.Ordinal))), l => l is not null, Long);

        line!.TrimStart().StartsWith('{').Should().Be(isJson, line);
    }

    [Theory]
    [InlineData("worker")]
    [InlineData("beat")]
    public async Task Forgotten_migrate_is_a_warning_at_the_start(string verb)
    {
        var empty = await postgres.CreateEmptyAsync();
        await using var started = WorkerProcess.Start(verb, [.. ProgramVariables.Of(redis, empty)]);

        var line = await Eventually.ReturnsAsync(
            () => Task.FromResult(started.Output.FirstOrDefault(l => l.Contains("taskrunner migrate", StringComparison.Ordinal) && l.Contains("TaskRunner.Database", StringComparison.Ordinal))), l => l is not null, Long);

        JsonElement.Parse(line!).GetProperty("level").GetString().Should().Be("warning");
    }

    private static async Task SignalAsync(Process process, string signal)
    {
        using var kill = Process.Start("/bin/sh", ["-c", string.Create(CultureInfo.InvariantCulture, $"kill -{signal} {process.Id}")]);
        await kill.WaitForExitAsync();
    }

    /// <summary>A pipe with a name that is open at both ends, so that its writer is not refused; nobody reads.</summary>
    private static FileStream Fifo()
    {
        var path = Path.Combine(Folder, Guid.NewGuid().ToString("N"));
        using (var make = Process.Start("mkfifo", [path]))
        {
            make.WaitForExit();
        }

        return new FileStream(path, new FileStreamOptions { Mode = FileMode.Open, Access = FileAccess.ReadWrite, Share = FileShare.ReadWrite, BufferSize = 0 });
    }

    private Process Start(string verb, string fifo, int port, params (string Name, string Value)[] more)
    {
        var start = new ProcessStartInfo(
            "/bin/sh",
            [
                "-c", "fifo=$1; shift; exec \"$@\" > \"$fifo\"", "sh", fifo,
                .. WorkerProcess.CommandOf(WorkerProcess.StockProgram), verb, "--http-port", port.ToString(CultureInfo.InvariantCulture),
            ]);
        foreach (var (name, value) in environment.Concat(more))
        {
            start.Environment[name] = value;
        }

        return Process.Start(start)!;
    }
}
