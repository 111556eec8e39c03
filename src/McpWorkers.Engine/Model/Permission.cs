namespace McpWorkers.Engine.Model;

/// <summary>What an agent's tools may do in a run. Each adapter maps it to its own flags.</summary>
public enum Permission
{
    ReadOnly,
    Edit,

    /// <summary>What would change something is asked, edits too, unless a rule decides it: see <see cref="WorkerRequest"/>. Agents that cannot ask plan it as <see cref="Edit"/>, and are refused before.</summary>
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

    /// <summary>
    /// Whether it lets nothing be done that the other does not. Edit and ask are no part of each other: one edits without asking, the other may use,
    /// where a rule or a level allows it, what the first has not at all.
    /// </summary>
    /// <param name="permission">The one that is to be no more.</param>
    /// <param name="bound">The one that is there already.</param>
    public static bool IsWithin(this Permission permission, Permission bound) => bound == Permission.Full || permission == bound || permission == Permission.ReadOnly;

    public static IReadOnlyList<string> All { get; } = [.. Enum.GetValues<Permission>().Select(ToWire)];

    public static bool TryParse(string? name, out Permission permission)
    {
        int index = name is null ? -1 : All.ToList().IndexOf(name);
        permission = index < 0 ? default : (Permission)index;
        return index >= 0;
    }
}
