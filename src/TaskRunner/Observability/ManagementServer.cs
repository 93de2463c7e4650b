using System.Net.Sockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using TaskRunner.Configuration;

namespace TaskRunner.Observability;

/// <summary>
/// Answers probes and scrapes over HTTP: /livez, /readyz, /startupz and /metrics. Requests come straight from the server, without the layer that makes spans of
/// them: a listener of the application that throws or blocks must not fail a probe.
/// </summary>
internal sealed partial class ManagementServer : IAsyncDisposable
{
    private const string PlainText = "text/plain; charset=utf-8";

    private readonly HealthChecks _health;
    private readonly PrometheusExporter _exporter;
    private readonly Func<CancellationToken, Task>? _beforeScrape;
    private readonly ILogger _logger;
    private readonly WebApplication _application;
    private readonly IServer _server;
    private readonly int _port;

    /// <param name="port">TCP port on all addresses; 0 takes any free one.</param>
    /// <param name="health">What the probes ask.</param>
    /// <param name="exporter">What a scrape shows.</param>
    /// <param name="logger">Gets the port.</param>
    /// <param name="beforeScrape">Reads what is measured only when somebody asks; must not throw.</param>
    public ManagementServer(int port, HealthChecks health, PrometheusExporter exporter, ILogger logger, Func<CancellationToken, Task>? beforeScrape = null)
    {
        _port = port;
        _health = health;
        _exporter = exporter;
        _beforeScrape = beforeScrape;
        _logger = logger;
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(options =>
        {
            options.AddServerHeader = false;
            options.ListenAnyIP(port);
        });

        _application = builder.Build();
        _server = _application.Services.GetRequiredService<IServer>();
    }

    /// <summary>The port in use, once started.</summary>
    public int Port { get; private set; }

    /// <exception cref="ConfigurationException">The port is taken, or may not be used.</exception>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        try
        {
            await _server.StartAsync(new Requests(AnswerAsync), cancellationToken);
        }
        catch (Exception e) when (e is IOException or SocketException)
        {
            var reason = e is IOException { InnerException: AddressInUseException } ? "is in use by another process on this host" : $"cannot be listened on ({e.Message.TrimEnd('.')})";
            throw new ConfigurationException([$"{Settings.HttpPort.Label}: port {_port} {reason}: set another one, or 0 for any free one."]);
        }

        var addresses = _server.Features.Get<IServerAddressesFeature>()!;
        Port = BindingAddress.Parse(addresses.Addresses.First()).Port;
        LogStarted(_logger, Port);
    }

    public Task StopAsync(CancellationToken cancellationToken) => _server.StopAsync(cancellationToken);

    public ValueTask DisposeAsync()
    {
        _server.Dispose();
        return _application.DisposeAsync();
    }

    private Task AnswerAsync(HttpContext context)
    {
        if (!HttpMethods.IsGet(context.Request.Method) && !HttpMethods.IsHead(context.Request.Method))
        {
            return WriteAsync(context, StatusCodes.Status405MethodNotAllowed, "only GET is answered\n");
        }

        return context.Request.Path.Value switch
        {
            "/livez" => WriteAsync(context, _health.Liveness),
            "/readyz" => WriteAsync(context, _health.Readiness),
            "/startupz" => WriteAsync(context, _health.Startup),
            "/metrics" => ScrapeAsync(context),
            _ => WriteAsync(context, StatusCodes.Status404NotFound, "not found\n"),
        };
    }

    private async Task ScrapeAsync(HttpContext context)
    {
        if (_beforeScrape is not null)
        {
            await _beforeScrape(context.RequestAborted);
        }

        await WriteAsync(context, StatusCodes.Status200OK, _exporter.Render(), PrometheusText.ContentType);
    }

    private static Task WriteAsync(HttpContext context, HealthCheckList checks)
    {
        var failures = checks.Failures();
        return failures.Count == 0
            ? WriteAsync(context, StatusCodes.Status200OK, "ok\n")
            : WriteAsync(context, StatusCodes.Status503ServiceUnavailable, string.Concat(failures.Select(failure => $"{failure}\n")));
    }

    private static Task WriteAsync(HttpContext context, int status, string body, string contentType = PlainText)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = contentType;
        return HttpMethods.IsHead(context.Request.Method) ? Task.CompletedTask : context.Response.WriteAsync(body);
    }

    [LoggerMessage(LogLevel.Information, "Probes and metrics are answered on port {Port}")]
    private static partial void LogStarted(ILogger logger, int port);

    private sealed class Requests(RequestDelegate answer) : IHttpApplication<HttpContext>
    {
        public HttpContext CreateContext(IFeatureCollection contextFeatures) => new DefaultHttpContext(contextFeatures);

        public Task ProcessRequestAsync(HttpContext context) => answer(context);

        public void DisposeContext(HttpContext context, Exception? exception)
        {
            // It holds nothing.
        }
    }
}
