namespace McpWorkers.Http.Protocol;

/// <summary>The revisions of MCP that are served, and how: 2026-07-28 knows no sessions, the ones before it begin with one.</summary>
internal static class ProtocolRevisions
{
    public const string Modern = "2026-07-28";

    // A client that asks for another of these than it was given in its session is refused by the session itself.
    private static readonly string[] Older = ["2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25"];

    // These were in the older revisions, and are gone.
    private static readonly string[] Gone = ["initialize", "ping", "logging/setLevel", "resources/subscribe", "resources/unsubscribe"];

    public static bool IsKnown(string revision) => revision == Modern || Older.Contains(revision);

    public static bool IsGone(string method) => Gone.Contains(method);
}
