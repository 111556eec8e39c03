using ModelContextProtocol.Protocol;

namespace McpWorkers.Mcp;

/// <summary>The body of a tool: parse, one call of the engine, render.</summary>
internal delegate Task<CallToolResult> ToolBody(ToolArguments arguments, ToolCall call, CancellationToken cancellationToken);

/// <summary>A tool before it is bound to a manager.</summary>
/// <param name="Runs">For tools that give prompts to workers: how the runs are accepted, and what is made of them.</param>
internal sealed record ToolDefinition(Tool Tool, ToolBody Body, RunShape? Runs = null)
{
    /// <summary>The set that it belongs to, of <see cref="Engine.Model.ToolSetNames"/>.</summary>
    public string Set { get; init; } = Engine.Model.ToolSetNames.Workers;
}
