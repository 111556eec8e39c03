using McpWorkers.Engine.Events;

namespace McpWorkers.Engine.Storage;

/// <summary>
/// What a host keeps of its workers beside their run directories. One process has it open. A write that returned is durable; one that
/// throws <see cref="StoreException"/> has changed nothing.
/// </summary>
public interface IDataStore : IAsyncDisposable
{
    IWorkerStore Workers { get; }

    IHistoryStore History { get; }

    ITaskStore Tasks { get; }

    ICallStore Calls { get; }

    ITokenStore Tokens { get; }

    IScheduleStore Schedules { get; }

    INoticeStore Notices { get; }

    IRequestStore Requests { get; }

    IBreakerStore Breakers { get; }

    ISpendingStore Spending { get; }

    /// <summary>Says what the store is: for health and the doctor.</summary>
    StoreInfo Info { get; }

    /// <summary>
    /// Called with the facts of each commit, in order of their numbers, once they are durable and before the write returns. Set once, before
    /// the first write; must be quick and must not throw.
    /// </summary>
    Action<IReadOnlyList<WorkerEvent>>? Committed { get; set; }
}

/// <param name="Kind"><c>sqlite</c> or <c>memory</c>.</param>
/// <param name="Version">Of the library, such as 3.40.1; empty for memory.</param>
/// <param name="Library">Where the library came from: the path or name of the system's, or <c>bundled</c>; empty for memory.</param>
/// <param name="Path">The database file; empty for memory.</param>
/// <param name="Warning">What its user must know, with the remedy; null where there is nothing.</param>
public sealed record StoreInfo(string Kind, string Version, string Library, string Path, string? Warning);

/// <summary>The store could not do it: disk full, locked, corrupt, an input or output error. Nothing was changed.</summary>
/// <param name="message">Names the file, what is wrong, and the remedy.</param>
public sealed class StoreException(StoreFault fault, string message, Exception? inner = null) : Exception(message, inner)
{
    public StoreFault Fault { get; } = fault;
}

public enum StoreFault
{
    /// <summary>The disk is full. Reading works on; writing works again once there is room.</summary>
    Full,

    /// <summary>Another process has it open.</summary>
    Locked,

    /// <summary>The file is no database of ours, or is damaged.</summary>
    Corrupt,

    /// <summary>It was written by a newer version.</summary>
    Newer,

    /// <summary>An input or output error, or no right to the file.</summary>
    Io,

    /// <summary>This process has closed it, and is about to end.</summary>
    Closed,
}
