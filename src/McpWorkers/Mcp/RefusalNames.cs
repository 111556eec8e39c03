using McpWorkers.Engine.Model;

namespace McpWorkers.Mcp;

/// <summary>The names of <see cref="RefusalCode"/> on the wire, for programs: people and models read the message.</summary>
internal static class RefusalNames
{
    private static readonly (RefusalCode Code, string Name)[] All =
    [
        (RefusalCode.InvalidArgument, "invalid_argument"),
        (RefusalCode.NotFound, "not_found"),
        (RefusalCode.UnknownType, "unknown_type"),
        (RefusalCode.MissingExecutable, "missing_executable"),
        (RefusalCode.LimitReached, "limit_reached"),
        (RefusalCode.Disabled, "disabled"),
        (RefusalCode.Unsupported, "unsupported"),
        (RefusalCode.InvalidSettings, "invalid_settings"),
        (RefusalCode.ShuttingDown, "shutting_down"),
        (RefusalCode.AlreadyOwned, "already_owned"),
        (RefusalCode.Forbidden, "forbidden"),
        (RefusalCode.WorkspaceUnavailable, "workspace_unavailable"),
        (RefusalCode.StoreUnavailable, "store_unavailable"),
    ];

    public static string ToWire(RefusalCode code) => All.First(each => each.Code == code).Name;

    /// <summary>Null for a name that is none of ours.</summary>
    public static RefusalCode? Parse(string? name) => All.Where(each => each.Name == name).Select(each => (RefusalCode?)each.Code).FirstOrDefault();
}
