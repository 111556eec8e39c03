namespace McpWorkers.Engine.Model;

/// <summary>How the command of a run is started. Independent of where its worker writes.</summary>
public enum LauncherKind
{
    /// <summary>As a process of this machine.</summary>
    Process,

    /// <summary>In a container of Docker or Podman.</summary>
    Container,
}

/// <summary>The names of launchers in settings, tools and commands.</summary>
public static class LauncherKindNames
{
    public static IReadOnlyList<string> All { get; } = [.. Enum.GetValues<LauncherKind>().Select(ToWire)];

    public static string ToWire(this LauncherKind kind) => kind switch
    {
        LauncherKind.Process => "process",
        LauncherKind.Container => "container",
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, null),
    };

    public static bool TryParse(string? text, out LauncherKind kind)
    {
        foreach (var each in Enum.GetValues<LauncherKind>().Where(each => each.ToWire() == text))
        {
            kind = each;
            return true;
        }

        kind = default;
        return false;
    }
}
