using McpWorkers.Engine.Model;

namespace McpWorkers.Engine.Execution.Limits;

/// <summary>Makes the control groups of a run and puts its limits on them, as far as the kernel takes them from us.</summary>
internal static class CgroupMaker
{
    // Told once that it may not, a host does not try again for each run.
    private static bool s_refused;

    /// <summary>The group by which the run's processes are known (null: none can be made), and the one that keeps each limit.</summary>
    /// <param name="hierarchies">Null for those of this machine.</param>
    public static (string? Known, IReadOnlyDictionary<LimitKind, string> Limits) Make(string name, ResourceLimits limits, CgroupHierarchies? hierarchies)
    {
        var machine = hierarchies ?? CgroupHierarchies.OfThisMachine;
        var held = new Dictionary<LimitKind, string>();
        var wanted = limits.Set.Where(kind => CgroupFiles.ControllerOf(kind) is not null).ToList();
        string? known = null;
        if (wanted.Count > 0 && machine.Unified is { } unified && CgroupPlacement.Find(unified, wanted) is var (place, kinds))
        {
            TryLimit(Path.Combine(place, name), isUnified: true, kinds, limits, held);
            known = held.Values.FirstOrDefault();
        }

        foreach (var kind in wanted.Except(held.Keys).ToList())
        {
            if (machine.First.FirstOrDefault(each => each.Controller == CgroupFiles.ControllerOf(kind)) is { Own: { } own })
            {
                TryLimit(Path.Combine(own, name), isUnified: false, [kind], limits, held);
            }
        }

        return (known ?? TryMakeKnown(name, machine, isOfThisMachine: hierarchies is null) ?? held.Values.FirstOrDefault(), held);
    }

    public static void TryRemove(string group)
    {
        try
        {
            Directory.Delete(group);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // In use, or gone already: the next host looks again.
        }
    }

    /// <summary>A group without limits: only to know the run's processes by.</summary>
    private static string? TryMakeKnown(string name, CgroupHierarchies machine, bool isOfThisMachine)
    {
        // Of version 1 the one by which forks can be forbidden.
        string? place = machine.Unified is { } unified ? unified.Own : machine.First.FirstOrDefault(each => each.Controller == "pids")?.Own;
        if (place is null || (isOfThisMachine && Volatile.Read(ref s_refused)))
        {
            return null;
        }

        try
        {
            return Directory.CreateDirectory(Path.Combine(place, name)).FullName;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            if (isOfThisMachine)
            {
                Volatile.Write(ref s_refused, true);
            }

            return null;
        }
    }

    private static void TryLimit(string path, bool isUnified, IReadOnlyList<LimitKind> kinds, ResourceLimits limits, Dictionary<LimitKind, string> held)
    {
        int before = held.Count;
        try
        {
            Directory.CreateDirectory(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return;
        }

        foreach (var kind in kinds)
        {
            try
            {
                CgroupFiles.Write(path, isUnified, kind, limits.ValueOf(kind)!.Value);
                held[kind] = path;
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // The kernel does not take it, such as more processor time than the group around has: it is kept in another way, or refused.
            }
        }

        if (held.Count == before)
        {
            TryRemove(path);
        }
    }
}
