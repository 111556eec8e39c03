using System.Text.Json.Nodes;
using ModelContextProtocol;
using ModelContextProtocol.Protocol;

namespace McpWorkers.Mcp.Tasks;

/// <summary>The extension <c>io.modelcontextprotocol/tasks</c> (SEP-2663), which exists from revision 2026-07-28 on and is declared with each request.</summary>
internal static class TaskCapability
{
    public const string Extension = "io.modelcontextprotocol/tasks";

    private const string FirstRevision = "2026-07-28";

    /// <summary>Revisions are dates, so they compare as text.</summary>
    public static bool IsKnownTo(JsonRpcRequest request) =>
        request.Context?.ProtocolVersion is { } version && string.CompareOrdinal(version, FirstRevision) >= 0;

    public static bool IsDeclaredBy(JsonRpcRequest request) =>
        IsKnownTo(request) && request.Context?.ClientCapabilities?.Extensions?.ContainsKey(Extension) == true;

    /// <summary>-32021, naming the extension.</summary>
    public static MissingRequiredClientCapabilityException Missing() => new(
        new ClientCapabilities { Extensions = new Dictionary<string, object> { [Extension] = new JsonObject() } },
        $"This needs the client extension '{Extension}': declare it in the request's client capabilities.");
}
