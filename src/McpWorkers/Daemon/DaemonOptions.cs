using System.Net.Sockets;
using McpWorkers.Engine.Storage;
using McpWorkers.Engine.Workers;
using McpWorkers.Mcp;

namespace McpWorkers.Daemon;

/// <summary>What a daemon is made of.</summary>
internal sealed record DaemonOptions
{
    /// <summary>Absolute.</summary>
    public required string DataDirectory { get; init; }

    public DaemonVersion Version { get; init; } = DaemonVersion.Current;

    public DaemonArguments Arguments { get; init; } = DaemonArguments.None;

    /// <summary>Opens the engine over the directory that was taken.</summary>
    public required Func<DataDirectory, CancellationToken, Task<WorkerManager>> Engine { get; init; }

    /// <summary>Ends the engine; its runs go on.</summary>
    public required Func<WorkerManager, Task> Leave { get; init; }

    /// <summary>Opens the door for HTTP; null where there is to be none.</summary>
    public Func<WorkerManager, ToolCatalog, HttpArguments?, TextWriter, CancellationToken, Task<IHttpDoor?>>? Http { get; init; }

    /// <summary>Who is at the other end of a connection.</summary>
    public required Func<Socket, DataDirectory, DaemonPeer> Peer { get; init; }

    /// <summary>In the foreground it ends only when asked to.</summary>
    public bool IsForeground { get; init; }

    /// <summary>Gets each line of the log too; null for nobody.</summary>
    public TextWriter? LogEcho { get; init; }

    /// <summary>Lines for the log, once it has started.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];

    /// <summary>The value of XDG_RUNTIME_DIR.</summary>
    public string? RuntimeDirectory { get; init; } = Environment.GetEnvironmentVariable("XDG_RUNTIME_DIR");

    public string TemporaryDirectory { get; init; } = Path.GetTempPath();

    public TimeProvider Time { get; init; } = TimeProvider.System;

    public DaemonLimits Limits { get; init; } = new();
}

/// <summary>How long a daemon waits for what.</summary>
internal sealed record DaemonLimits
{
    /// <summary>For a client's hello.</summary>
    public TimeSpan Hello { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>For the lock of the data directory: a daemon that is replaced still holds it for a moment.</summary>
    public TimeSpan Lock { get; init; } = TimeSpan.FromSeconds(8);

    /// <summary>For the answers that can be given at once, when it leaves.</summary>
    public TimeSpan Answers { get; init; } = TimeSpan.FromMilliseconds(300);

    /// <summary>For a client to take the goodbye.</summary>
    public TimeSpan Goodbye { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How many clients may be there at once.</summary>
    public int ClientsMax { get; init; } = 500;
}

/// <summary>HTTP as the daemon sees it.</summary>
internal interface IHttpDoor : IAsyncDisposable
{
    string Url { get; }

    /// <summary>The page's address with a code that lets a browser in, once, within a minute.</summary>
    string NewPageUrl(TokenScope scope);
}

/// <summary>The process at the other end of a connection, as the system says.</summary>
/// <param name="Pid">Null where the system does not tell.</param>
/// <param name="IsOurUser">Another user is not let in, whatever the modes of files allow.</param>
/// <param name="ParentRun">The run of this data directory that it belongs to; null for none.</param>
/// <param name="IsGone">It has ended, or cannot be looked at, so that nobody knows who has the connection now.</param>
/// <param name="Start">When it began, in the system's words; null where the system does not tell.</param>
internal sealed record DaemonPeer(int? Pid, bool IsOurUser, string? ParentRun, bool IsGone = false, string? Start = null)
{
    /// <summary>What is known of it after another look: what was found once stays true of it, and one with its id that began at another time is another.</summary>
    public DaemonPeer With(DaemonPeer later) => this with
    {
        ParentRun = ParentRun ?? later.ParentRun,
        IsGone = IsGone || later.IsGone || later.Pid != Pid || later.Start != Start,
    };
}
