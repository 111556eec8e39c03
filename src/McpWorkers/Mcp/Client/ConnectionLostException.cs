namespace McpWorkers.Mcp.Client;

/// <summary>The connection ended before the answer came. For the client's own use: nobody beyond it sees this.</summary>
internal sealed class ConnectionLostException(Exception cause) : IOException("The connection to the daemon was lost.", cause);
