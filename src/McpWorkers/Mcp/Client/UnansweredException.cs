namespace McpWorkers.Mcp.Client;

/// <summary>
/// Nobody answered, and it is not known (or the message says) what became of what was asked. Unlike after a refusal, something may have been done.
/// </summary>
internal sealed class UnansweredException(string message) : Exception(message);
