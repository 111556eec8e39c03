namespace McpWorkers.Engine.Model;

/// <summary>What an agent's tools may do in a run. Each adapter maps it to its own flags.</summary>
public enum Permission
{
    ReadOnly,
    Edit,

    /// <summary>As <see cref="Edit"/>, and what needs more is asked: see <see cref="WorkerRequest"/>.</summary>
    Ask,
    Full,
}

public static class PermissionNames
{
    public static string ToWire(this Permission permission) => permission switch
    {
        Permission.ReadOnly => "read_only",
        Permission.Edit => "edit",
        Permission.Ask => "ask",
        Permission.Full => "full",
        _ => throw new ArgumentOutOfRangeException(nameof(permission), permission, null),
    };

    public static IReadOnlyList<string> All { get; } = [.. Enum.GetValues<Permission>().Select(ToWire)];

    public static bool TryParse(string? name, out Permission permission)
    {
        int index = name is null ? -1 : All.ToList().IndexOf(name);
        permission = index < 0 ? default : (Permission)index;
        return index >= 0;
    }
}
