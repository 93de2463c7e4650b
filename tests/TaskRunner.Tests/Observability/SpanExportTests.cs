using System.Text;
using FluentAssertions;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Logging;
using TaskRunner.Tests.Support;
using Xunit;

namespace TaskRunner.Tests.Observability;

/// <summary>Spans on their way to a collector.</summary>
public sealed class SpanExportTests(RedisFixture redis) : IClassFixture<RedisFixture>
{
    [Fact]
    public async Task Worker_sends_the_span_of_an_attempt_to_the_collector_and_the_rest_when_it_stops()
    {
        await using var collector = await Collector.StartAsync();
        var variables = Variables(redis, ("OTEL_EXPORTER_OTLP_ENDPOINT", collector.Url), ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf"));
        var program = new StockProgram(variables);
        await using (var worker = WorkerProcess.Start("worker", variables))
        {
            var id = (await program.RunAsync("enqueue", "debug.echo", "--wait", "-o", "json")).Json.GetProperty("id").GetString()!;

            (await worker.TerminateAsync()).Should().Be(0);

            collector.Received.Should().Contain("process debug.echo").And.Contain(id).And.Contain("taskrunner-worker");
        }
    }

    [Fact]
    public async Task Collector_that_is_away_holds_up_no_task_and_no_end()
    {
        var variables = Variables(redis, ("OTEL_EXPORTER_OTLP_ENDPOINT", $"http://127.0.0.1:{FreePort.Next()}"));
        await using var worker = WorkerProcess.Start("worker", variables);

        (await new StockProgram(variables).RunAsync("enqueue", "debug.echo", "--wait")).Code.Should().Be(0);

        (await worker.TerminateAsync()).Should().Be(0);
    }

    [Fact]
    public async Task Mistakes_are_told_before_anything_starts()
    {
        var outcome = await new StockProgram(Variables(redis, ("OTEL_EXPORTER_OTLP_ENDPOINT", "collector"), ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/json"))).RunAsync("worker");

        outcome.Code.Should().Be(2);
        outcome.Error.Should().Contain("OTEL_EXPORTER_OTLP_ENDPOINT (--otlp-endpoint) is 'collector'").And.Contain("OTEL_EXPORTER_OTLP_PROTOCOL (--otlp-protocol) is 'http/json': it must be one of grpc, http/protobuf");
    }

    private static (string, string)[] Variables(RedisFixture redis, params (string, string)[] more) =>
        [("TASKRUNNER_BROKER_URL", redis.Url), ("TASKRUNNER_NAMESPACE", "t" + Guid.NewGuid().ToString("N")[..12]), .. more];

    /// <summary>Takes what is sent to it. Protobuf keeps text as it is, so names are found in the bytes.</summary>
    private sealed class Collector(WebApplication app, StringBuilder received) : IAsyncDisposable
    {
        public string Url => app.Urls.Single();

        public string Received
        {
            get
            {
                lock (received)
                {
                    return received.ToString();
                }
            }
        }

        public static async Task<Collector> StartAsync()
        {
            var received = new StringBuilder();
            var builder = WebApplication.CreateSlimBuilder();
            builder.Logging.ClearProviders();
            builder.WebHost.UseUrls("http://127.0.0.1:0");
            var app = builder.Build();
            app.Map("/v1/traces", async (HttpContext context) =>
            {
                using var body = new MemoryStream();
                await context.Request.Body.CopyToAsync(body);
                lock (received)
                {
                    received.Append(Encoding.UTF8.GetString(body.ToArray()));
                }
            });
            await app.StartAsync();
            return new Collector(app, received);
        }

        public ValueTask DisposeAsync() => app.DisposeAsync();
    }
}
