namespace TaskRunner.Configuration;

/// <summary>Where spans go. Sampler, headers and resource are read by the SDK itself, from the standard variables.</summary>
/// <param name="Endpoint">The collector.</param>
/// <param name="OverHttp">Protobuf over HTTP in place of gRPC.</param>
internal sealed record OtlpSettings(Uri Endpoint, bool OverHttp)
{
    /// <returns>Null when no collector is named.</returns>
    public static OtlpSettings? Read(SettingsReader reader)
    {
        var overHttp = reader.Choice(Settings.OtlpProtocol, false, ("grpc", false), ("http/protobuf", true));
        if (reader.Text(Settings.OtlpEndpoint) is not { } text)
        {
            return null;
        }

        CheckHeaders(reader, "OTEL_EXPORTER_OTLP_HEADERS");
        CheckHeaders(reader, "OTEL_EXPORTER_OTLP_TRACES_HEADERS");
        if (!Uri.TryCreate(text, UriKind.Absolute, out var endpoint) || endpoint.Scheme is not ("http" or "https"))
        {
            reader.Mistake($"{Settings.OtlpEndpoint.Label} must be an address that starts with http:// or https://, as http://collector:4317.");
            return null;
        }

        if (endpoint.UserInfo.Length > 0 || endpoint.Query.Length > 0)
        {
            reader.Mistake($"{Settings.OtlpEndpoint.Label} must hold neither a user nor a query: give what the collector asks for in OTEL_EXPORTER_OTLP_HEADERS.");
            return null;
        }

        return new OtlpSettings(endpoint, overHttp);
    }

    // The SDK would quote them, or end the process.
    private static void CheckHeaders(SettingsReader reader, string variable)
    {
        var pairs = (reader.Variable(variable) ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        if (Array.FindIndex(pairs, pair => !IsHeader(Uri.UnescapeDataString(pair))) is var place and >= 0)
        {
            reader.Mistake($"{variable} has a mistake in header {place + 1}: it must be name=value, separated by commas; a comma in a value is written as %2C.");
        }
    }

    private static bool IsHeader(string pair)
    {
        var equals = pair.IndexOf('=', StringComparison.Ordinal);
        return equals > 0
            && pair[..equals].Trim().All(c => char.IsAsciiLetterOrDigit(c) || "!#$%&'*+-.^_`|~".Contains(c, StringComparison.Ordinal))
            && !pair.Any(c => char.IsControl(c) || c > '\x7e');
    }
}
