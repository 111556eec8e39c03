using System.Text;
using McpWorkers.Engine.Execution.Processes;

namespace McpWorkers.Engine.Execution.Limits;

/// <summary>A hierarchy of control groups, as it is mounted here.</summary>
/// <param name="Point">Where in the file system.</param>
/// <param name="Controller">Of version 1; empty for version 2, each of whose groups says itself which ones it has.</param>
/// <param name="Own">Directory of the group that this host is in; null where that lies outside of what is mounted.</param>
internal sealed record CgroupHierarchy(string Point, string Controller, string? Own)
{
    private const int CgroupBytesMax = 16 * 1024;

    public bool IsUnified => Controller.Length == 0;

    public bool Holds(string path) => path.StartsWith(Point + "/", StringComparison.Ordinal) && !path.Contains("/../", StringComparison.Ordinal);

    /// <summary>This host is in that group, or in one below it.</summary>
    public bool IsAroundThisHost(string path) => Own is not null && (Own + "/").StartsWith(path + "/", StringComparison.Ordinal);

    /// <summary>The groups of a process: which controllers, and the path relative to our cgroup namespace.</summary>
    public static IReadOnlyList<(string Controllers, string Path)> GroupsOf(int pid)
    {
        if (!OperatingSystem.IsLinux())
        {
            return [];
        }

        // "4:cpu,cpuacct:/path"; of version 2 "0::/path". A path may hold colons.
        string text = Encoding.UTF8.GetString(ProcFile.Read($"/proc/{pid}/cgroup", new byte[CgroupBytesMax]));
        return [.. text.Split('\n').Select(line => line.Split(':', 3)).Where(fields => fields.Length == 3).Select(fields => (fields[1], fields[2]))];
    }

    /// <summary>The directory of a group.</summary>
    /// <param name="root">The group that is mounted at the point: not the uppermost in a container without a namespace of its own.</param>
    /// <returns>Null where it lies outside of what is mounted.</returns>
    public static string? Locate(string point, string root, string path)
    {
        string above = root == "/" ? "" : root;
        return path.Contains("/..", StringComparison.Ordinal) || !(path + "/").StartsWith(above + "/", StringComparison.Ordinal)
            ? null
            : point + path[above.Length..].TrimEnd('/');
    }
}
