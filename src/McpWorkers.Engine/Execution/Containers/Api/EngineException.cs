namespace McpWorkers.Engine.Execution.Containers.Api;

internal enum EngineFault
{
    /// <summary>No engine answers at the address.</summary>
    Unreachable,

    /// <summary>The container, image, network or exec is not there.</summary>
    NotFound,

    /// <summary>The name is taken, or the container is not in a state for it.</summary>
    Conflict,

    /// <summary>The engine refuses the request as it is.</summary>
    Refused,

    /// <summary>The engine could not do it.</summary>
    Failed,

    /// <summary>It said something that is no answer.</summary>
    BadAnswer,
}

/// <summary>A container engine did not do what it was asked for. The message holds the engine's own words.</summary>
internal sealed class EngineException(EngineFault fault, string message, Exception? inner = null) : Exception(message, inner)
{
    public EngineFault Fault { get; } = fault;
}
