namespace McpWorkers.Engine.Model;

/// <summary>An MCP server (stdio) that is added to a run.</summary>
/// <param name="Name">Letters, digits, '_' and '-'.</param>
public sealed record McpServerSpec(
    string Name, string Command, IReadOnlyList<string> Arguments, IReadOnlyDictionary<string, string> Environment);
