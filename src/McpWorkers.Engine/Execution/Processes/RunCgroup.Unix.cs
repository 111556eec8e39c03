using System.Globalization;
using McpWorkers.Engine.Execution.Limits;
using McpWorkers.Engine.Model;

namespace McpWorkers.Engine.Execution.Processes;

/// <summary>
/// The control groups around the command of a run, where this host may make some: no process leaves them by clearing its environment, by a
/// session of its own or by losing its parent, all in them die together, and the kernel keeps the run's limits on them. One of version 2 as
/// a rule; with version 1 one more for each limit. The wrapper stays outside, as the witness. Without any the other ways of finding a run's
/// processes must do.
/// </summary>
internal sealed class RunCgroup
{
    private readonly IReadOnlyList<string> _groups;

    private RunCgroup(string? path, IReadOnlyDictionary<LimitKind, string> limits)
    {
        Limits = limits;
        _groups = [.. limits.Values.Prepend(path).OfType<string>().Distinct()];
    }

    /// <summary>The group by which the run's processes are known.</summary>
    public string Path => _groups[0];

    public IReadOnlyList<string> Groups => _groups;

    /// <summary>The group that keeps each limit; only those that the kernel took.</summary>
    public IReadOnlyDictionary<LimitKind, string> Limits { get; }

    /// <summary>Where a program of ours goes that must outlive the run within which we are. Empty where we are in no run's cgroup.</summary>
    public static IReadOnlyList<string> OutsideOfRuns => [.. CgroupHierarchies.OfThisMachine.All.Select(OutsideOf).OfType<string>()];

    /// <summary>Null where none can be made.</summary>
    /// <param name="hierarchies">Null for those of this machine.</param>
    public static RunCgroup? TryMake(string ownerMark, string runId, ResourceLimits? limits = null, CgroupHierarchies? hierarchies = null)
    {
        var (known, held) = CgroupMaker.Make(NameOf(ownerMark, runId), limits ?? ResourceLimits.None, hierarchies);
        return known is null ? null : new(known, held);
    }

    /// <summary>Those of a launch that somebody recorded. Null where there were none; paths that cannot be this run's are left out.</summary>
    public static RunCgroup? OfRecord(string? path, IReadOnlyDictionary<LimitKind, string> limits, string marker)
    {
        string? known = IsOf(path, marker) ? path : null;
        var held = limits.Where(each => IsOf(each.Value, marker)).ToDictionary();
        return known is null && held.Count == 0 ? null : new(known, held);
    }

    /// <summary>The owner's run whose cgroup a process is in; null where it is in none.</summary>
    public static string? RunOf(int pid, string ownerMark)
    {
        string start = NameOf(ownerMark, "");
        return CgroupHierarchy.GroupsOf(pid)
            .Select(group => group.Path.Split('/').LastOrDefault(name => name.StartsWith(start, StringComparison.Ordinal))?[start.Length..])
            .FirstOrDefault(run => run is not null);
    }

    /// <summary>All of an owner's, also those that a host in another place has made.</summary>
    public static IReadOnlyList<(RunCgroup Cgroup, string RunId)> AllOf(string ownerMark)
    {
        string start = NameOf(ownerMark, "");
        var all = new EnumerationOptions { RecurseSubdirectories = true, IgnoreInaccessible = true, AttributesToSkip = FileAttributes.ReparsePoint };
        return [.. CgroupHierarchies.OfThisMachine.All.Select(hierarchy => hierarchy.Point).Distinct()
            .SelectMany(point => Directory.EnumerateDirectories(point, start + "*", all))
            .GroupBy(path => System.IO.Path.GetFileName(path)[start.Length..])
            .Select(groups => (new RunCgroup([.. groups]), groups.Key))];
    }

    /// <summary>Who is in them now, those in cgroups that the run has made within included.</summary>
    public IReadOnlyList<ProcessKey> Members()
    {
        var members = new HashSet<ProcessKey>();
        foreach (string group in _groups.SelectMany(TreeOf))
        {
            try
            {
                members.UnionWith(File.ReadLines(System.IO.Path.Combine(group, "cgroup.procs"))
                    .Select(line => int.TryParse(line, CultureInfo.InvariantCulture, out int pid) ? ProcessTable.Find(pid) : null)
                    .OfType<ProcessEntry>().Where(entry => !entry.IsZombie).Select(entry => entry.Key));
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // Another observer has removed it, and so it was empty.
            }
        }

        return [.. members];
    }

    /// <summary>The ids of those in the group by which they are known, and in none within it: quick, for a look that may err a little.</summary>
    public IReadOnlyList<int> Ids()
    {
        try
        {
            string procs = System.IO.Path.Combine(Path, "cgroup.procs");
            return File.Exists(procs) ? [.. File.ReadLines(procs).Select(line => int.TryParse(line, CultureInfo.InvariantCulture, out int pid) ? pid : 0)] : [];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    /// <summary>
    /// Kills all in them at once: nothing that is being forked at this moment gets away. Before Linux 5.14 and in version 1 there is no such
    /// thing: there no more forks are allowed, so that killing one by one comes to an end.
    /// </summary>
    public void Kill()
    {
        foreach (string group in _groups)
        {
            // A host that was itself started within the run is not to end itself.
            if (!CgroupHierarchies.OfThisMachine.All.Any(hierarchy => hierarchy.IsAroundThisHost(group)) && !TryWrite(group, "cgroup.kill", "1"))
            {
                TryWrite(group, "pids.max", "0");
            }
        }
    }

    /// <summary>The limit that something in them died of. Null for none.</summary>
    public LimitReached? FindReached(ResourceLimits limits)
    {
        foreach (var (kind, group) in Limits.OrderBy(each => each.Key))
        {
            bool isUnified = CgroupHierarchies.OfThisMachine.Unified?.Holds(group) == true;
            if (limits.ValueOf(kind) is { } limit && CgroupFiles.HasBeenReached(group, isUnified, kind))
            {
                return new(kind, limit, null);
            }
        }

        return null;
    }

    /// <summary>Removes those that are empty.</summary>
    public void Remove()
    {
        foreach (string group in _groups.SelectMany(group => TreeOf(group).Reverse()))
        {
            CgroupMaker.TryRemove(group);
        }
    }

    private RunCgroup(IReadOnlyList<string> groups)
    {
        _groups = groups;
        Limits = new Dictionary<LimitKind, string>();
    }

    private static string NameOf(string ownerMark, string runId) => $"{CgroupPlacement.NameStart}{ownerMark}.{runId}";

    private static bool IsOf(string? path, string marker) => path is not null
        && CgroupHierarchies.OfThisMachine.All.Any(hierarchy => hierarchy.Holds(path))
        && System.IO.Path.GetFileName(path) == CgroupPlacement.NameStart + marker.Replace('/', '.');

    /// <summary>The nearest directory around this host's own that is no run's. Null where its own is not within one.</summary>
    private static string? OutsideOf(CgroupHierarchy hierarchy)
    {
        int run = hierarchy.Own?.IndexOf("/" + CgroupPlacement.NameStart, StringComparison.Ordinal) ?? -1;
        if (run < 0)
        {
            return null;
        }

        string around = hierarchy.Own![..run];
        string inner = System.IO.Path.Combine(around, "mcpworkers.host");
        try
        {
            // One that gives its children controllers takes no processes itself.
            return hierarchy.IsUnified && File.ReadAllText(System.IO.Path.Combine(around, "cgroup.subtree_control")).Trim().Length > 0
                ? Directory.CreateDirectory(inner).FullName
                : around;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return around;
        }
    }

    private static bool TryWrite(string group, string file, string text)
    {
        string path = System.IO.Path.Combine(group, file);
        try
        {
            if (File.Exists(path))
            {
                File.WriteAllText(path, text);
                return true;
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // They are killed one by one.
        }

        return false;
    }

    /// <summary>Itself, then those within, each before its own.</summary>
    private static IEnumerable<string> TreeOf(string group)
    {
        try
        {
            return Directory.Exists(group) ? [group, .. Directory.GetDirectories(group, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal)] : [];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [group];
        }
    }
}
