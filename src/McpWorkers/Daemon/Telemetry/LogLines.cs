using System.Globalization;
using System.Text;
using Microsoft.Extensions.Logging;

namespace McpWorkers.Daemon.Telemetry;

/// <summary>Takes the lines of the daemon's log as records.</summary>
internal sealed class LogLines(ILogger logger) : TextWriter(CultureInfo.InvariantCulture)
{
    public override Encoding Encoding => Encoding.UTF8;

    /// <summary>Only whole lines come: the log gives no others.</summary>
    public override void WriteLine(string? value) => logger.Log(LogLevel.Information, default, value ?? "", null, static (line, _) => line);
}
