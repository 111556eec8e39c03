using McpWorkers.Engine.Model;
using McpWorkers.Engine.Workers;
using ModelContextProtocol.Protocol;

namespace McpWorkers.Mcp;

/// <summary>
/// A tool that gives prompts to workers, in two halves, because what lies between them may last hours: the runs are accepted, and later
/// their results become the tool's own.
/// </summary>
/// <param name="Waits">Whether the caller wants to wait for the results.</param>
/// <param name="SubmitAsync">Returns once the runs are stored.</param>
/// <param name="Render">From the results in the order of the items, and how much of an output they may carry, in characters.</param>
internal sealed record RunShape(
    Func<ToolArguments, bool> Waits,
    Func<ToolArguments, WorkerManager, Task<IReadOnlyList<BatchItem>>> SubmitAsync,
    Func<IReadOnlyList<WorkerResult>, int, CallToolResult> Render);
