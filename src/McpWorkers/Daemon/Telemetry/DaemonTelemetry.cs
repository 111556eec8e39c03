using System.Runtime.CompilerServices;

namespace McpWorkers.Daemon.Telemetry;

/// <summary>What goes out of the daemon to a collector, for as long as it runs.</summary>
internal interface IDaemonTelemetry : IDisposable
{
    /// <summary>Takes each line of the daemon's log.</summary>
    TextWriter Log { get; }
}

/// <summary>Opens the export, where the variables ask for one.</summary>
internal static class DaemonTelemetry
{
    /// <summary>The options with what the export adds to them: it listens to the log. To be disposed after the daemon has left.</summary>
    public static (DaemonOptions Options, IDaemonTelemetry? Telemetry) Open(DaemonOptions options, Func<string, string?> variable)
    {
        var target = OtlpTarget.Of(variable, out string? fault);
        if (target is null)
        {
            return (fault is null ? options : options with { Notes = [.. options.Notes, fault] }, null);
        }

        // In a method of its own, so that the libraries are loaded here and nowhere else.
        var telemetry = Start(target, options.Version.Program);
        return (
            options with
            {
                LogEcho = options.LogEcho is { } echo ? new BothWriters(echo, telemetry.Log) : telemetry.Log,
                Notes = [.. options.Notes, $"traces, metrics and logs go by OTLP to {target.Endpoint.Host}:{target.Endpoint.Port}"],
            },
            telemetry);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
#pragma warning disable CA1859 // Whoever calls it must not know the type: that alone would load what it is made of.
    private static IDaemonTelemetry Start(OtlpTarget target, string version) => new OtlpExport(target, version);
#pragma warning restore CA1859

    /// <summary>Gives each line to both.</summary>
    private sealed class BothWriters(TextWriter first, TextWriter second) : TextWriter(System.Globalization.CultureInfo.InvariantCulture)
    {
        public override System.Text.Encoding Encoding => first.Encoding;

        public override void WriteLine(string? value)
        {
            second.WriteLine(value);
            first.WriteLine(value);
        }
    }
}
