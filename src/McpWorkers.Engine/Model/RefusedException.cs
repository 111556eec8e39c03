namespace McpWorkers.Engine.Model;

public enum RefusalCode
{
    InvalidArgument,
    NotFound,
    UnknownType,
    MissingExecutable,
    LimitReached,
    Disabled,
    Unsupported,
    InvalidSettings,
    ShuttingDown,

    /// <summary>Somebody else has it: a data directory, a port.</summary>
    AlreadyOwned,

    /// <summary>The caller has no right to it.</summary>
    Forbidden,

    /// <summary>A place to work cannot be made now: its source is not to be had.</summary>
    WorkspaceUnavailable,

    /// <summary>The store cannot take it now, such as with a full disk.</summary>
    StoreUnavailable,
}

/// <summary>
/// We refuse the request; nothing was done. The message names the thing, what was wrong with it, and the remedy:
/// a model or a person reads it and corrects the call.
/// </summary>
public sealed class RefusedException(RefusalCode code, string message) : Exception(message)
{
    public RefusalCode Code { get; } = code;
}
