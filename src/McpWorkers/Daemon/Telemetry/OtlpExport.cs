using McpWorkers.Engine.Workers.Telemetry;
using Microsoft.Extensions.Logging;
using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Logs;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace McpWorkers.Daemon.Telemetry;

/// <summary>
/// Exports traces, metrics and the daemon's log by OTLP. Further variables of OpenTelemetry hold too: headers, time-outs, intervals, sampling,
/// resource attributes. Only to be touched where something is exported: that is what loads the libraries.
/// </summary>
internal sealed class OtlpExport : IDaemonTelemetry
{
    /// <summary>For what was not exported yet, when the daemon leaves. Its successor waits for no more than some seconds.</summary>
    private const int LeaveMilliseconds = 2000;

    private readonly TracerProvider _traces;
    private readonly MeterProvider _metrics;
    private readonly ILoggerFactory _logs;

    public OtlpExport(OtlpTarget target, string version)
    {
        void Configure(OtlpExporterOptions options)
        {
            // Where the variable gives it, the exporter itself adds what its protocol wants: it must not be set here.
            options.Protocol = target.SpeaksHttp ? OtlpExportProtocol.HttpProtobuf : OtlpExportProtocol.Grpc;
        }

        // The variables come last, so that a name of the user's own goes before ours.
        var resource = ResourceBuilder.CreateEmpty().AddTelemetrySdk().AddService("mcpworkers", serviceVersion: version).AddEnvironmentVariableDetector();
        _traces = Sdk.CreateTracerProviderBuilder().SetResourceBuilder(resource).AddSource(RunTrace.Source.Name).AddOtlpExporter(Configure).Build();
        _metrics = Sdk.CreateMeterProviderBuilder().SetResourceBuilder(resource).AddMeter(HostMeter.Name).AddOtlpExporter(Configure).Build();
        _logs = LoggerFactory.Create(logging => logging.AddOpenTelemetry(options =>
        {
            options.IncludeFormattedMessage = true;
            options.SetResourceBuilder(resource).AddOtlpExporter(Configure);
        }));
        Log = new LogLines(_logs.CreateLogger("mcpworkers.daemon"));
    }

    /// <inheritdoc/>
    public TextWriter Log { get; }

    /// <summary>Sends what there is, within a bound: a collector that is not there must not keep the daemon from leaving.</summary>
    public void Dispose()
    {
        Parallel.Invoke(
            () => _traces.Shutdown(LeaveMilliseconds),
            () => _metrics.Shutdown(LeaveMilliseconds),
            () => Task.Run(_logs.Dispose).Wait(LeaveMilliseconds));
        Log.Dispose();
        _traces.Dispose();
        _metrics.Dispose();
    }
}
