using ModelContextProtocol.Protocol;

namespace McpWorkers.Mcp;

/// <summary>The client of one call, who can be told what goes on before it has its answer.</summary>
/// <param name="RequestId">The request that the call came with.</param>
/// <param name="Progress">What notices of progress are to name; null where none are wanted.</param>
/// <param name="TellAsync">Sends a notification on the way that the answer will take. Not cancelled: half a message would spoil the stream for all that follow.</param>
internal sealed record CallListener(RequestId RequestId, ProgressToken? Progress, Func<JsonRpcNotification, Task> TellAsync);
