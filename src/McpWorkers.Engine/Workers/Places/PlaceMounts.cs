using McpWorkers.Engine.Model;
using McpWorkers.Engine.Workers.Containers;
using McpWorkers.Engine.Workspaces;
using McpWorkers.Engine.Workspaces.Inner;

namespace McpWorkers.Engine.Workers.Places;

/// <summary>What of a worker's place is to be had in its containers, at the same paths as outside.</summary>
internal static class PlaceMounts
{
    /// <summary>Who has one of these has the whole machine.</summary>
    private static readonly string[] Doors = [.. EngineSockets.Usual, "/run/user", "/proc", "/sys", "/dev"];

    /// <summary>
    /// A directory that is worked in as it is. The git directories in it are only read, whoever they belong to: who can write to one lets the
    /// host's user run what he likes. A directory below a repository's top shows nothing of that repository's.
    /// </summary>
    public static IReadOnlyList<ContainerMount> OfDirectory(string directory) =>
        [new(directory, directory, IsReadOnly: false), .. GitDirectories.Of(directory).Select(path => new ContainerMount(path, path))];

    /// <summary>All of it is the worker's own, its git directory too.</summary>
    public static IReadOnlyList<ContainerMount> OfClone(Workspace clone) => [new(clone.Root, clone.Root, IsReadOnly: false)];

    /// <exception cref="RefusedException">Who may write there may write to what is the host's own, or to other workers' places.</exception>
    public static void Check(string directory, string dataDirectory)
    {
        string place = LinkedPath.Resolve(directory);
        string data = LinkedPath.Resolve(dataDirectory);
        if (LinkedPath.IsWithin(data, place))
        {
            throw Arguments.Invalid(
                $"A container that may write to '{directory}' may write to the data directory '{dataDirectory}' in it, and so to other workers' places. "
                + "Name a working directory beside it, or use workspace 'worktree'.");
        }

        if (LinkedPath.IsWithin(place, data) && !IsInWorkspace(Path.GetRelativePath(data, place).Split(Path.DirectorySeparatorChar)))
        {
            throw Arguments.Invalid(
                $"'{directory}' is the host's own, in its data directory '{dataDirectory}', and is not given to a container. Name a working directory beside it.");
        }

        // Where they are now: a link such as /var/run is followed.
        if (Doors.Where(Path.Exists).Select(LinkedPath.Resolve).FirstOrDefault(path => LinkedPath.IsWithin(path, place) || LinkedPath.IsWithin(place, path)) is { } door)
        {
            throw Arguments.Invalid(
                $"A container that may write to '{directory}' has '{door}' with it, and by that the machine. Name a working directory that holds the work alone.");
        }
    }

    /// <summary>In a worker's worktree or clone, and not beside it: <c>workspaces/ID/NAME/…</c>.</summary>
    private static bool IsInWorkspace(string[] parts) => parts.Length >= 3 && parts[0] == "workspaces" && !parts[2].StartsWith(InnerPlace.Prefix, StringComparison.Ordinal);
}
