namespace McpWorkers.Engine.Requests.Policy;

/// <summary>A tool call that an agent asks leave for, as the agent says it.</summary>
/// <param name="Tool">The tool's name, such as <c>Bash</c>, <c>run_shell_command</c> or <c>mcp__files__read</c>.</param>
/// <param name="Input">What it would be called with: one JSON object.</param>
/// <param name="WorkingDirectory">Where it would be done; absolute.</param>
internal sealed record ToolUse(string Tool, string Input, string WorkingDirectory);
