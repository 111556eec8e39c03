namespace McpWorkers.Daemon.Telemetry;

/// <summary>Where OpenTelemetry's variables say that traces, metrics and logs go.</summary>
/// <param name="SpeaksHttp">By HTTP with protobuf; else by gRPC.</param>
internal sealed record OtlpTarget(Uri Endpoint, bool SpeaksHttp)
{
    public const string Variable = "OTEL_EXPORTER_OTLP_ENDPOINT";
    private const string ProtocolVariable = "OTEL_EXPORTER_OTLP_PROTOCOL";

    /// <summary>The port that collectors take HTTP at.</summary>
    private const int HttpPort = 4318;

    /// <summary>Null where nothing is to be exported.</summary>
    /// <param name="fault">Why nothing is, though something was asked for; else null.</param>
    public static OtlpTarget? Of(Func<string, string?> variable, out string? fault)
    {
        fault = null;
        if (variable("OTEL_SDK_DISABLED") is { } off && bool.TryParse(off, out bool isOff) && isOff)
        {
            return null;
        }

        string? given = variable(Variable);
        if (string.IsNullOrWhiteSpace(given))
        {
            return null;
        }

        // Never shown: it may carry a password.
        if (!Uri.TryCreate(given, UriKind.Absolute, out var endpoint) || endpoint.Scheme is not ("http" or "https"))
        {
            fault = $"{Variable} is no address with http:// or https://, so nothing is exported. Correct it and start the daemon anew.";
            return null;
        }

        switch (variable(ProtocolVariable)?.Trim())
        {
            case null or "":
                return new(endpoint, endpoint.Port == HttpPort);
            case "grpc":
                return new(endpoint, SpeaksHttp: false);
            case "http/protobuf":
                return new(endpoint, SpeaksHttp: true);
            case var other:
                fault = $"{ProtocolVariable} is '{other}', which is not spoken here, so nothing is exported. Known are grpc and http/protobuf.";
                return null;
        }
    }
}
