using System.Collections.Concurrent;
using System.Text;
using FluentAssertions;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;
using TaskRunner.Observability;
using TaskRunner.Tests.Loops;
using TaskRunner.Tests.Support;
using Xunit;

namespace TaskRunner.Tests.Observability.Logs;

/// <summary>Nobody who writes a log waits for anybody who reads it.</summary>
public sealed class LogOutputTests
{
    private readonly LogLosses losses = new();

    [Fact]
    public async Task Stream_that_blocks_costs_lines_which_are_counted_and_said_once_when_it_takes_lines_again()
    {
        using var stream = new GatedStream();
        using var output = new LogOutput(stream, losses, lost => Encoding.UTF8.GetBytes($"{lost} lost\n"));
        for (var i = 0; i < 30_000; i++)
        {
            output.Write(Encoding.UTF8.GetBytes($"line {i}\n"));
        }

        losses.Count.Should().BeGreaterThan(10_000);
        stream.Gate.Set();

        await Eventually.TrueAsync(() => stream.Text.EndsWith(" lost\n", StringComparison.Ordinal));
        stream.Text.Should().StartWith("line 0\nline 1\n").And.EndWith($"\n{losses.Count} lost\n");
        output.Write("later\n"u8.ToArray());
        await Eventually.TrueAsync(() => stream.Text.EndsWith("lost\nlater\n", StringComparison.Ordinal));
    }

    [Fact]
    public void Lines_of_megabytes_are_bounded_by_their_bytes()
    {
        using var stream = new GatedStream();
        using var output = new LogOutput(stream, losses, _ => []);

        for (var i = 0; i < 100; i++)
        {
            output.Write(new byte[1024 * 1024]);
        }

        losses.Count.Should().BeGreaterThan(90);
        stream.Gate.Set();
    }

    [Fact]
    public void What_is_queued_at_the_end_is_written()
    {
        using var stream = new GatedStream();
        stream.Gate.Set();
        using (var output = new LogOutput(stream, losses, _ => []))
        {
            output.Write("last words\n"u8.ToArray());
        }

        stream.Text.Should().Be("last words\n");
    }

    [Fact]
    public async Task Stream_that_throws_costs_its_lines_and_not_the_next_ones()
    {
        using var stream = new GatedStream { Throws = true };
        stream.Gate.Set();
        using var output = new LogOutput(stream, losses, _ => []);
        output.Write("lost\n"u8.ToArray());
        await Eventually.TrueAsync(() => losses.Count == 1);

        stream.Throws = false;
        output.Write("there\n"u8.ToArray());

        await Eventually.TrueAsync(() => stream.Text == "there\n");
    }

    [Fact]
    public async Task Provider_of_the_application_that_blocks_or_throws_holds_up_nobody_and_has_the_scopes_of_the_caller()
    {
        var provider = new HostileProvider();
        var services = new ServiceCollection();
        services.AddLogging(logging => logging.AddConsole().AddProvider(provider));
        services.AddConsoleLogs(json: true, LogLevel.Error, TimeProvider.System);
        services.Should().NotContain(service => service.ImplementationType == typeof(ConsoleLoggerProvider), "the program has one console");
        await using var built = services.BuildServiceProvider();
        var logger = built.GetRequiredService<ILoggerFactory>().CreateLogger("Tests");

        using (logger.BeginScope("inside"))
        {
            for (var i = 0; i < 100; i++)
            {
                logger.Log(LogLevel.Error, default, i, null, (number, _) => $"entry {number}");
            }
        }

        provider.Entries.Should().BeEmpty("it blocks");
        provider.Gate.Set();
        await Eventually.TrueAsync(() => provider.Entries.Count == 99);
        provider.Entries.Should().StartWith("inside: entry 1").And.EndWith("inside: entry 99");
        built.LostLogLines()().Should().Be(1, "the first one threw");
    }

    /// <summary>Blocks until its gate opens.</summary>
    private sealed class GatedStream : MemoryStream
    {
        private readonly StringBuilder text = new();

        public ManualResetEventSlim Gate { get; } = new();

        public volatile bool Throws;

        public string Text
        {
            get
            {
                lock (text)
                {
                    return text.ToString();
                }
            }
        }

        public override void Write(ReadOnlySpan<byte> buffer)
        {
            Gate.Wait();
            if (Throws)
            {
                throw new UnexpectedException("no stream");
            }

            lock (text)
            {
                text.Append(Encoding.UTF8.GetString(buffer));
            }
        }

        public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

        protected override void Dispose(bool disposing)
        {
            Gate.Set();
            base.Dispose(disposing);
        }
    }

    private sealed class HostileProvider : ILoggerProvider, ISupportExternalScope, ILogger
    {
        private IExternalScopeProvider? scopes;

        public ManualResetEventSlim Gate { get; } = new();

        public ConcurrentQueue<string> Entries { get; } = new();

        public ILogger CreateLogger(string categoryName) => this;

        public void SetScopeProvider(IExternalScopeProvider scopeProvider) => scopes = scopeProvider;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            Gate.Wait();
            var message = formatter(state, exception);
            if (message == "entry 0")
            {
                throw new UnexpectedException("no entry");
            }

            scopes!.ForEachScope((scope, entry) => Entries.Enqueue($"{scope}: {entry}"), message);
        }

        public void Dispose() => Gate.Set();
    }
}
