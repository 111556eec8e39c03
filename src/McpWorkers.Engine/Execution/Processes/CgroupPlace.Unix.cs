using System.Text;

namespace McpWorkers.Engine.Execution.Processes;

/// <summary>Where in the file system this host's own cgroup v2 is: below it, its runs get theirs.</summary>
/// <param name="Path">Of the directory.</param>
internal sealed record CgroupPlace(string Path)
{
    private const int CgroupBytesMax = 16 * 1024;

    // On systems with both versions the second one is mounted at a place of its own, /sys/fs/cgroup/unified as a rule.
    private static readonly (string Point, string Root)? s_mount = FindMount();

    /// <summary>Null where there is no cgroup v2, or this host's own lies outside of what is mounted.</summary>
    public static CgroupPlace? OfThisHost { get; } = Locate(PathOf(Environment.ProcessId));

    /// <summary>Where cgroup v2 is mounted.</summary>
    public static string? Mount => s_mount?.Point;

    /// <summary>As the process's line <c>0::/…</c> has it, relative to our cgroup namespace. Null where it cannot be told.</summary>
    public static string? PathOf(int pid)
    {
        if (!OperatingSystem.IsLinux())
        {
            return null;
        }

        string text = Encoding.UTF8.GetString(ProcFile.Read($"/proc/{pid}/cgroup", new byte[CgroupBytesMax]));
        return text.Split('\n').FirstOrDefault(line => line.StartsWith("0::/", StringComparison.Ordinal))?[3..];
    }

    public static bool IsOfThisHost(string path) => OfThisHost is { } own && (own.Path + "/").StartsWith(path + "/", StringComparison.Ordinal);

    /// <summary>The nearest directory around this host's own that is no run's. Null where its own is not within one.</summary>
    /// <param name="nameStart">Of runs' cgroups.</param>
    public static string? OutsideOfRuns(string nameStart)
    {
        int run = OfThisHost?.Path.IndexOf("/" + nameStart, StringComparison.Ordinal) ?? -1;
        return run < 0 ? null : OfThisHost!.Path[..run];
    }

    private static CgroupPlace? Locate(string? path)
    {
        if (path is null || s_mount is not var (point, root) || path.Contains("/..", StringComparison.Ordinal))
        {
            return null;
        }

        // Where only a part of the tree is mounted (a container without a namespace of its own), paths are told from above it.
        string above = root == "/" ? "" : root;
        return !(path + "/").StartsWith(above + "/", StringComparison.Ordinal) ? null : new(point + path[above.Length..].TrimEnd('/'));
    }

    private static (string Point, string Root)? FindMount()
    {
        if (!OperatingSystem.IsLinux() || !File.Exists("/proc/self/mountinfo"))
        {
            return null;
        }

        // "36 35 98:0 /root /point options - type source options"; the last one mounted covers those before it.
        foreach (string line in File.ReadLines("/proc/self/mountinfo").Reverse())
        {
            string[] halves = line.Split(" - ", 2);
            string[] fields = halves[0].Split(' ');
            if (halves.Length == 2 && halves[1].StartsWith("cgroup2 ", StringComparison.Ordinal) && fields.Length > 4)
            {
                return (fields[4], fields[3]);
            }
        }

        return null;
    }
}
