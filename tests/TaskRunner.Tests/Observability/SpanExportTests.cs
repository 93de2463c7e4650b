using System.Text;
using FluentAssertions;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;
using TaskRunner.Tests.Support;
using Xunit;

namespace TaskRunner.Tests.Observability;

/// <summary>Spans on their way to a collector.</summary>
public sealed class SpanExportTests(RedisFixture redis) : IClassFixture<RedisFixture>
{
    [Theory]
    [InlineData("grpc", HttpProtocols.Http2, "/opentelemetry.proto.collector.trace.v1.TraceService/Export")]
    [InlineData("http/protobuf", HttpProtocols.Http1, "/v1/traces")]
    public async Task Worker_that_stops_has_sent_the_span_of_each_attempt(string protocol, HttpProtocols http, string path)
    {
        await using var collector = await Collector.StartAsync(http, path);
        var id = await RunOneAsync(collector.Url, ("OTEL_EXPORTER_OTLP_PROTOCOL", protocol));

        collector.Received.Should().Contain("process debug.echo").And.Contain(id).And.Contain("taskrunner-worker");
    }

    [Fact]
    public async Task Standard_variables_for_name_attributes_and_headers_are_followed()
    {
        await using var collector = await Collector.StartAsync(HttpProtocols.Http1, "/v1/traces");

        await RunOneAsync(
            collector.Url,
            ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf"),
            ("OTEL_EXPORTER_OTLP_HEADERS", "x-team=blue"),
            ("OTEL_SERVICE_NAME", "shop-worker"),
            ("OTEL_RESOURCE_ATTRIBUTES", "deployment.environment=test,team=data%2C and more %3D 50%25 %2B x"));

        collector.Received.Should().Contain("shop-worker").And.Contain("deployment.environment").And.Contain("data, and more = 50% + x").And.NotContain("taskrunner-worker");
        collector.Headers.Should().Contain("x-team: blue");
    }

    [Fact]
    public async Task Sampler_decides_what_is_sent()
    {
        await using var collector = await Collector.StartAsync(HttpProtocols.Http1, "/v1/traces");

        await RunOneAsync(collector.Url, ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf"), ("OTEL_TRACES_SAMPLER", "always_off"));

        collector.Received.Should().BeEmpty();
    }

    [Fact]
    public async Task Collector_that_is_away_holds_up_no_task_and_no_end() => await RunOneAsync($"http://127.0.0.1:{FreePort.Next()}");

    [Fact]
    public async Task Mistakes_are_told_before_anything_starts()
    {
        var outcome = await new StockProgram([.. ProgramVariables.Of(redis), ("OTEL_EXPORTER_OTLP_ENDPOINT", "collector"), ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/json")]).RunAsync("worker");

        outcome.Code.Should().Be(2);
        outcome.Error.Should().Contain("OTEL_EXPORTER_OTLP_ENDPOINT (--otlp-endpoint) must be an address that starts with http:// or https://")
            .And.Contain("OTEL_EXPORTER_OTLP_PROTOCOL (--otlp-protocol) is 'http/json': it must be one of grpc, http/protobuf");
    }

    /// <summary>A worker process runs one task and stops; what it had to send is sent by then.</summary>
    private async Task<string> RunOneAsync(string collector, params (string Name, string Value)[] more)
    {
        (string, string)[] variables = [.. ProgramVariables.Of(redis), ("OTEL_EXPORTER_OTLP_ENDPOINT", collector), .. more];
        await using var worker = WorkerProcess.Start("worker", variables);
        var outcome = await new StockProgram(variables).RunAsync("enqueue", "debug.echo", "--wait", "-o", "json");
        outcome.Code.Should().Be(0, outcome.Error);
        (await worker.TerminateAsync()).Should().Be(0);
        return outcome.Json.GetProperty("id").GetString()!;
    }

    /// <summary>Takes what is sent to it. Protobuf keeps text as it is, so names are found in the bytes.</summary>
    private sealed class Collector(WebApplication app) : IAsyncDisposable
    {
        private readonly Lock gate = new();
        private readonly StringBuilder received = new();
        private readonly List<string> headers = [];

        public string Url => app.Urls.Single();

        public string Received
        {
            get
            {
                lock (gate)
                {
                    return received.ToString();
                }
            }
        }

        public IReadOnlyList<string> Headers
        {
            get
            {
                lock (gate)
                {
                    return [.. headers];
                }
            }
        }

        public static async Task<Collector> StartAsync(HttpProtocols protocols, string path)
        {
            var builder = WebApplication.CreateSlimBuilder();
            builder.Logging.ClearProviders();
            builder.WebHost.UseUrls("http://127.0.0.1:0").ConfigureKestrel(kestrel => kestrel.ConfigureEndpointDefaults(endpoint => endpoint.Protocols = protocols));
            var app = builder.Build();
            var collector = new Collector(app);
            app.MapPost(path, collector.TakeAsync);
            await app.StartAsync();
            return collector;
        }

        public ValueTask DisposeAsync() => app.DisposeAsync();

        private async Task TakeAsync(HttpContext context)
        {
            using var body = new MemoryStream();
            await context.Request.Body.CopyToAsync(body);
            lock (gate)
            {
                received.Append(Encoding.UTF8.GetString(body.ToArray()));
                headers.AddRange(context.Request.Headers.Select(header => $"{header.Key.ToLowerInvariant()}: {header.Value}"));
            }

            if (context.Request.ContentType == "application/grpc")
            {
                // An empty answer, and the status of the call.
                context.Response.ContentType = "application/grpc";
                await context.Response.Body.WriteAsync(new byte[5]);
                context.Response.AppendTrailer("grpc-status", "0");
            }
        }
    }
}
