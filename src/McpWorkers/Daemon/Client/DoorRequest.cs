using McpWorkers.Engine.Model;

namespace McpWorkers.Daemon.Client;

/// <summary>Which daemon a client wants, and who it is.</summary>
internal sealed record DoorRequest
{
    /// <summary>Absolute.</summary>
    public required string DataDirectory { get; init; }

    /// <summary>Absolute path of the settings that the client was told to use; null for none. A daemon that runs with others is refused.</summary>
    public string? ConfigPath { get; init; }

    /// <summary>Whether a daemon with other settings will do all the same: for clients that come back.</summary>
    public bool TakesAnySettings { get; init; }

    /// <summary><c>mcp</c> or <c>cli</c>.</summary>
    public required string Kind { get; init; }

    /// <summary>The tool sets that the client chose; null for those of the daemon's settings.</summary>
    public IReadOnlyList<string>? Tools { get; init; }

    /// <summary>Of a run's own server; null for the others.</summary>
    public string? Token { get; init; }

    /// <summary>The words that start this program; those of the daemon's own command follow.</summary>
    public required IReadOnlyList<string> Program { get; init; }

    /// <summary>Absolute.</summary>
    public required string WorkingDirectory { get; init; }

    /// <summary>The client's whole environment: its workers inherit it, and a daemon that it starts.</summary>
    public required IReadOnlyDictionary<string, string> Environment { get; init; }

    public DaemonVersion Version { get; init; } = DaemonVersion.Current;

    /// <summary>Null: those of the daemon that was there before and was killed, else none.</summary>
    public DaemonArguments? Arguments { get; init; }

    /// <summary>False: where no daemon runs, there is none to be had.</summary>
    public bool MayStart { get; init; } = true;

    /// <summary>For the whole way in, the start of a daemon included.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(15);

    public TimeProvider Time { get; init; } = TimeProvider.System;
}

/// <summary>What is behind an open door.</summary>
/// <param name="Stream">Speaks MCP; the hello is over.</param>
/// <param name="Started">Whether the daemon was started for this client.</param>
internal sealed record OpenDoor(SocketStream Stream, DaemonAnswer.Welcome Daemon, bool Started) : IDisposable
{
    public void Dispose() => Stream.Dispose();
}

/// <summary>No daemon runs, and none was to be started.</summary>
internal sealed class NoDaemonException(string message) : Exception(message)
{
    public RefusedException AsRefusal() => new(RefusalCode.NotFound, Message);
}
