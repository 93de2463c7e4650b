using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using FluentAssertions;
using Microsoft.Extensions.Logging;
using TaskRunner.Configuration;
using TaskRunner.Observability;
using TaskRunner.Tests.Support;
using Xunit;

namespace TaskRunner.Tests.Observability;

public sealed class ManagementServerTests : IAsyncLifetime, IDisposable
{
    private readonly HealthChecks _health = new();
    private readonly TaskRunnerMetrics _metrics = new();
    private readonly CapturingLogger _logger = new();
    private readonly HttpClient _http = new();
    private PrometheusExporter _exporter = null!;
    private ManagementServer _server = null!;

    public async Task InitializeAsync()
    {
        _exporter = new PrometheusExporter(meter => ReferenceEquals(meter, _metrics.Meter));
        _server = new ManagementServer(0, _health, _exporter, _logger);
        await _server.StartAsync(CancellationToken.None);
    }

    public async Task DisposeAsync()
    {
        await _server.StopAsync(CancellationToken.None);
        await _server.DisposeAsync();
    }

    public void Dispose()
    {
        _exporter.Dispose();
        _metrics.Dispose();
        _http.Dispose();
    }

    [Theory]
    [InlineData("/livez")]
    [InlineData("/readyz")]
    [InlineData("/startupz")]
    public async Task Probe_without_failures_is_answered_with_ok(string path)
    {
        using var response = await GetAsync(path);

        response.StatusCode.Should().Be(HttpStatusCode.OK);
        (await response.Content.ReadAsStringAsync()).Should().Be("ok\n");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Listener_to_spans_of_the_web_server_that_throws_or_blocks_fails_no_probe(bool blocks)
    {
        using var release = new ManualResetEventSlim();
        void Misbehave()
        {
            if (!blocks)
            {
                throw new InvalidOperationException("The listener is broken.");
            }

            release.Wait(CancellationToken.None);
        }

        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name.StartsWith("Microsoft.AspNetCore", StringComparison.Ordinal),
            Sample = (ref ActivityCreationOptions<ActivityContext> _) =>
            {
                Misbehave();
                return ActivitySamplingResult.AllData;
            },
            ActivityStarted = _ => Misbehave(),
        };
        ActivitySource.AddActivityListener(listener);

        foreach (var path in new[] { "/livez", "/readyz", "/startupz", "/metrics" })
        {
            using var response = await GetAsync(path);
            response.StatusCode.Should().Be(HttpStatusCode.OK, path);
        }
    }

    [Fact]
    public async Task Failing_probe_is_answered_with_one_reason_a_line()
    {
        _health.Readiness.Add("broker", () => "not connected");
        _health.Readiness.Add("database", () => "schema not migrated: run taskrunner migrate");

        using var response = await GetAsync("/readyz");

        response.StatusCode.Should().Be(HttpStatusCode.ServiceUnavailable);
        (await response.Content.ReadAsStringAsync()).Should().Be("broker: not connected\ndatabase: schema not migrated: run taskrunner migrate\n");
    }

    [Fact]
    public async Task Probes_ask_their_own_checks_only()
    {
        var started = new StartupFlag("first connection");
        _health.Startup.Add(started);
        _health.Liveness.Add("loop", () => "stuck");

        (await StatusAsync("/startupz")).Should().Be(HttpStatusCode.ServiceUnavailable);
        (await StatusAsync("/livez")).Should().Be(HttpStatusCode.ServiceUnavailable);
        (await StatusAsync("/readyz")).Should().Be(HttpStatusCode.OK);
        started.Set();

        (await StatusAsync("/startupz")).Should().Be(HttpStatusCode.OK);
    }

    [Fact]
    public async Task Scrape_is_answered_in_the_text_format()
    {
        _metrics.Fetched("pricing", 3);

        using var response = await GetAsync("/metrics");

        response.StatusCode.Should().Be(HttpStatusCode.OK);
        response.Content.Headers.ContentType!.ToString().Should().Be("text/plain; version=0.0.4; charset=utf-8");
        (await response.Content.ReadAsStringAsync()).Should().Contain("taskrunner_tasks_fetched_total{queue=\"pricing\"} 3\n");
    }

    [Theory]
    [InlineData("/")]
    [InlineData("/healthz")]
    [InlineData("/livez/more")]
    public async Task Other_paths_are_not_found(string path)
    {
        (await StatusAsync(path)).Should().Be(HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task Other_methods_are_not_allowed()
    {
        using var response = await _http.PostAsync(Address("/livez"), null);

        response.StatusCode.Should().Be(HttpStatusCode.MethodNotAllowed);
    }

    [Fact]
    public async Task Head_request_is_answered_without_a_body()
    {
        using var request = new HttpRequestMessage(HttpMethod.Head, Address("/livez"));
        using var response = await _http.SendAsync(request);

        response.StatusCode.Should().Be(HttpStatusCode.OK);
        (await response.Content.ReadAsStringAsync()).Should().BeEmpty();
    }

    [Fact]
    public async Task Answer_does_not_name_the_server_software()
    {
        using var response = await GetAsync("/livez");

        response.Headers.Server.Should().BeEmpty();
    }

    [Fact]
    public void Port_is_logged_once_the_server_listens()
    {
        _server.Port.Should().BeInRange(1, 65535);
        _logger.Of(LogLevel.Information).Should().Equal($"Probes and metrics are answered on port {_server.Port}");
    }

    [Fact]
    public async Task Given_port_is_used()
    {
        var port = FreePort.Next();
        await using var server = new ManagementServer(port, _health, _exporter, _logger);

        await server.StartAsync(CancellationToken.None);

        server.Port.Should().Be(port);
    }

    [Fact]
    public async Task Taken_port_is_a_mistake_of_its_setting()
    {
        await using var second = new ManagementServer(_server.Port, _health, _exporter, _logger);

        var start = () => second.StartAsync(CancellationToken.None);

        (await start.Should().ThrowAsync<ConfigurationException>())
            .WithMessage($"TASKRUNNER_HTTP_PORT (--http-port): port {_server.Port} is in use by another process on this host: set another one, or 0 for any free one.");
    }

    [Fact]
    public async Task Stopped_server_does_not_listen()
    {
        await using var server = new ManagementServer(0, _health, _exporter, _logger);
        await server.StartAsync(CancellationToken.None);

        await server.StopAsync(CancellationToken.None);

        using var socket = new TcpClient();
        await FluentActions.Awaiting(() => socket.ConnectAsync(IPAddress.Loopback, server.Port)).Should().ThrowAsync<SocketException>();
    }

    private Uri Address(string path) => new($"http://127.0.0.1:{_server.Port}{path}");

    private Task<HttpResponseMessage> GetAsync(string path) => _http.GetAsync(Address(path));

    private async Task<HttpStatusCode> StatusAsync(string path)
    {
        using var response = await GetAsync(path);
        return response.StatusCode;
    }
}
