using System.Globalization;

namespace McpWorkers.Engine.Execution.Processes;

/// <summary>
/// A control group (cgroup v2) around the command of a run, where this host may make one: no process leaves it by clearing its environment,
/// by a session of its own or by losing its parent, and all in it die in one step. The wrapper stays outside, as the witness. Without one
/// the other ways of finding a run's processes must do: nothing depends on it.
/// </summary>
internal sealed class RunCgroup
{
    private const string NameStart = "mcpworkers-";

    // Told once that it may not, a host does not try again for each run.
    private static bool s_refused;

    private RunCgroup(string path) => Path = path;

    public string Path { get; }

    /// <summary>Where a program of ours goes that must outlive the run within which we are. Null where we are in no run's cgroup.</summary>
    public static string? OutsideOfRuns => CgroupPlace.OutsideOfRuns(NameStart);

    /// <summary>Null where none can be made.</summary>
    public static RunCgroup? TryMake(string ownerMark, string runId)
    {
        if (Volatile.Read(ref s_refused) || CgroupPlace.OfThisHost is not { } place)
        {
            return null;
        }

        string path = System.IO.Path.Combine(place.Path, NameOf(ownerMark, runId));
        try
        {
            Directory.CreateDirectory(path);
            return new(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Volatile.Write(ref s_refused, true);
            return null;
        }
    }

    /// <summary>The one of a launch that somebody recorded. Null where there was none, and for a path that cannot be this run's.</summary>
    public static RunCgroup? OfRecord(string? path, string marker) =>
        path is not null && CgroupPlace.Mount is { } mount && path.StartsWith(mount + "/", StringComparison.Ordinal)
        && !path.Contains("/../", StringComparison.Ordinal)
        && System.IO.Path.GetFileName(path) == NameStart + marker.Replace('/', '.')
            ? new(path)
            : null;

    /// <summary>The owner's run whose cgroup a process is in; null where it is in none.</summary>
    public static string? RunOf(int pid, string ownerMark)
    {
        string start = NameOf(ownerMark, "");
        return CgroupPlace.PathOf(pid)?.Split('/').LastOrDefault(name => name.StartsWith(start, StringComparison.Ordinal))?[start.Length..];
    }

    /// <summary>All of an owner's, also those that a host in another place has made.</summary>
    public static IReadOnlyList<(RunCgroup Cgroup, string RunId)> AllOf(string ownerMark)
    {
        string start = NameOf(ownerMark, "");
        var all = new EnumerationOptions { RecurseSubdirectories = true, IgnoreInaccessible = true, AttributesToSkip = FileAttributes.ReparsePoint };
        return CgroupPlace.Mount is not { } mount ? [] : [.. Directory.EnumerateDirectories(mount, start + "*", all)
            .Select(path => (new RunCgroup(path), System.IO.Path.GetFileName(path)[start.Length..]))];
    }

    /// <summary>Who is in it now, those in cgroups that the run has made within it included.</summary>
    public IReadOnlyList<ProcessKey> Members()
    {
        var members = new List<ProcessKey>();
        foreach (string group in Tree())
        {
            try
            {
                members.AddRange(File.ReadLines(System.IO.Path.Combine(group, "cgroup.procs"))
                    .Select(line => int.TryParse(line, CultureInfo.InvariantCulture, out int pid) ? ProcessTable.Find(pid) : null)
                    .OfType<ProcessEntry>().Where(entry => !entry.IsZombie).Select(entry => entry.Key));
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // Another observer has removed it, and so it was empty.
            }
        }

        return members;
    }

    /// <summary>Kills all in it at once: nothing that is being forked at this moment gets away. Before Linux 5.14 there is no such thing.</summary>
    public void Kill()
    {
        string path = System.IO.Path.Combine(Path, "cgroup.kill");
        try
        {
            // A host that was itself started within the run is not to end itself.
            if (File.Exists(path) && !CgroupPlace.IsOfThisHost(Path))
            {
                File.WriteAllText(path, "1");
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // They are killed one by one.
        }
    }

    /// <summary>Removes it where it is empty.</summary>
    public void Remove()
    {
        foreach (string group in Tree().Reverse())
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
    }

    private static string NameOf(string ownerMark, string runId) => $"{NameStart}{ownerMark}.{runId}";

    /// <summary>Itself, then those within, each before its own.</summary>
    private IEnumerable<string> Tree()
    {
        try
        {
            return Directory.Exists(Path) ? [Path, .. Directory.GetDirectories(Path, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal)] : [];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [Path];
        }
    }
}
