using System.Runtime.CompilerServices;
using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;
using TaskRunner.Configuration;

namespace TaskRunner.Observability;

/// <summary>Sends the spans of enqueues and attempts to an OpenTelemetry collector, in batches and in the background: a collector that is away holds up no task.</summary>
internal static class SpanExport
{
    private const string PathOverHttp = "v1/traces";

    /// <summary>Starts it; disposing the result sends what is left, for a few seconds at most.</summary>
    /// <param name="settings">The collector; null for none.</param>
    /// <param name="verb">Part of the service's name, where OTEL_SERVICE_NAME gives none.</param>
    /// <param name="version">Version of the program.</param>
    public static IDisposable? Start(OtlpSettings? settings, string verb, string version) => settings is null ? null : Build(settings, verb, version);

    // Apart, so that a worker without a collector does not load the SDK.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static TracerProvider Build(OtlpSettings settings, string verb, string version)
    {
        // The variables come last and win.
        var resource = ResourceBuilder.CreateEmpty().AddService($"taskrunner-{verb}", serviceVersion: version).AddTelemetrySdk().AddEnvironmentVariableDetector();
        return Sdk.CreateTracerProviderBuilder()
            .AddSource(Tracing.SourceName)
            .SetResourceBuilder(resource)
            .AddOtlpExporter(options =>
            {
                options.Protocol = settings.OverHttp ? OtlpExportProtocol.HttpProtobuf : OtlpExportProtocol.Grpc;
                options.Endpoint = settings.OverHttp ? Traces(settings.Endpoint) : settings.Endpoint;
            })
            .Build();
    }

    // The standard: the path of this signal is appended to the common endpoint.
    private static Uri Traces(Uri endpoint) => new(endpoint.AbsoluteUri.TrimEnd('/') + "/" + PathOverHttp);
}
