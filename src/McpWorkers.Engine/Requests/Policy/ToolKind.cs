namespace McpWorkers.Engine.Requests.Policy;

/// <summary>What a tool does, whatever its agent calls it.</summary>
internal enum ToolKind
{
    Shell,
    Edit,
    Read,
    Web,
    Mcp,
    Other,
}

internal static class ToolKindNames
{
    public static string ToWire(this ToolKind kind) => kind switch
    {
        ToolKind.Shell => "shell",
        ToolKind.Edit => "edit",
        ToolKind.Read => "read",
        ToolKind.Web => "web",
        ToolKind.Mcp => "mcp",
        ToolKind.Other => "other",
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, null),
    };

    public static bool TryParse(string name, out ToolKind kind)
    {
        foreach (var candidate in Enum.GetValues<ToolKind>().Where(k => k.ToWire() == name))
        {
            kind = candidate;
            return true;
        }

        kind = default;
        return false;
    }
}
