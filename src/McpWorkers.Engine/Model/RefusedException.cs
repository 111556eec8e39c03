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
}

/// <summary>
/// We refuse the request; nothing was done. The message names the thing, what was wrong with it, and the remedy:
/// a model or a person reads it and corrects the call.
/// </summary>
public sealed class RefusedException(RefusalCode code, string message) : Exception(message)
{
    public RefusalCode Code { get; } = code;
}
