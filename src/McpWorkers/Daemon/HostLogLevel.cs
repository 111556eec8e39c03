using McpWorkers.Engine.Model;

namespace McpWorkers.Daemon;

/// <summary>How much a line of the log matters.</summary>
internal enum HostLogLevel
{
    /// <summary>HTTP requests, clients of single commands, what agents do.</summary>
    Debug,

    /// <summary>What happened to workers and runs, MCP clients, the host's own start and end.</summary>
    Info,

    /// <summary>Runs that failed, refusals at the door, requests that met a fault.</summary>
    Warn,

    /// <summary>The host itself cannot go on, or ended badly.</summary>
    Error,
}

/// <summary>The levels as words.</summary>
internal static class HostLogLevels
{
    public static string ToWire(this HostLogLevel level) => level switch
    {
        HostLogLevel.Debug => "debug",
        HostLogLevel.Info => "info",
        HostLogLevel.Warn => "warn",
        _ => "error",
    };

    /// <exception cref="RefusedException">It is no level.</exception>
    public static HostLogLevel Parse(string word) => word switch
    {
        "debug" => HostLogLevel.Debug,
        "info" => HostLogLevel.Info,
        "warn" => HostLogLevel.Warn,
        "error" => HostLogLevel.Error,
        _ => throw new RefusedException(RefusalCode.InvalidArgument, $"The log level is '{word}'; allowed are {string.Join(", ", LogLevelNames.All)}."),
    };
}
