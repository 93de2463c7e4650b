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

        if (Uri.TryCreate(text, UriKind.Absolute, out var endpoint) && endpoint.Scheme is "http" or "https")
        {
            return new OtlpSettings(endpoint, overHttp);
        }

        reader.Mistake($"{Settings.OtlpEndpoint.Label} is '{text}': it must be an address as http://collector:4317.");
        return null;
    }
}
