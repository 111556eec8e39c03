using McpWorkers.Engine.Model;

namespace McpWorkers.Engine.Execution.Limits;

/// <summary>
/// Where in the hierarchy of version 2 a run's group can have limits. A group with processes in it, as this host's own is, cannot give its
/// children controllers; the nearest group around it that does and that we may write to is the place.
/// </summary>
internal static class CgroupPlacement
{
    /// <summary>Names of runs' groups begin so.</summary>
    public const string NameStart = "mcpworkers-";

    /// <summary>The directory that gives most of the kinds, and which ones. Null where none gives any.</summary>
    public static (string Directory, IReadOnlyList<LimitKind> Kinds)? Find(CgroupHierarchy unified, IReadOnlyList<LimitKind> wanted)
    {
        (string, IReadOnlyList<LimitKind> Kinds)? best = null;
        string? place = unified.Own;
        while (place is not null && (place == unified.Point || unified.Holds(place)) && wanted.Count > (best?.Kinds.Count ?? 0))
        {
            IReadOnlyList<LimitKind> kinds = MayMoveWithin(place) ? [.. wanted.Where(kind => Gives(place, kind, MayEnable(unified, place)))] : [];
            if (kinds.Count > (best?.Kinds.Count ?? 0))
            {
                best = (place, kinds);
            }

            // A host that is within a run must not lead its own runs out of that run's limits.
            place = Path.GetFileName(place).StartsWith(NameStart, StringComparison.Ordinal) ? null : Path.GetDirectoryName(place);
        }

        return best;
    }

    /// <summary>
    /// The uppermost group may hold processes and give controllers; of the others the one right around ours is somebody's gift to us, as systemd's
    /// DelegateSubgroup makes it, but for a slice, which stays systemd's. Further up somebody else decides.
    /// </summary>
    private static bool MayEnable(CgroupHierarchy unified, string place) => place == unified.Own
        ? place == unified.Point
        : place == Path.GetDirectoryName(unified.Own) && !place.EndsWith(".slice", StringComparison.Ordinal);

    private static bool Gives(string place, LimitKind kind, bool mayEnable)
    {
        string controller = CgroupFiles.ControllerOf(kind)!;
        return Words(place, "cgroup.subtree_control").Contains(controller)
            || (mayEnable && Words(place, "cgroup.controllers").Contains(controller) && Enable(place, controller));
    }

    private static bool Enable(string place, string controller)
    {
        try
        {
            File.WriteAllText(Path.Combine(place, "cgroup.subtree_control"), "+" + controller);
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // There are processes in it, as a rule.
            return false;
        }
    }

    /// <summary>A process is moved by whoever may write into the nearest group around both places.</summary>
    private static bool MayMoveWithin(string place)
    {
        try
        {
            File.OpenHandle(Path.Combine(place, "cgroup.procs"), FileMode.Open, FileAccess.Write, FileShare.ReadWrite).Dispose();
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private static string[] Words(string place, string file)
    {
        try
        {
            return File.ReadAllText(Path.Combine(place, file)).Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }
}
