using McpWorkers.Engine.Model;
using McpWorkers.Engine.Workspaces;

namespace McpWorkers.Engine.Workers.Places;

/// <summary>What of a worker's place is to be had in its containers, at the same paths as outside.</summary>
internal static class PlaceMounts
{
    /// <summary>A directory that is worked in as it is. A repository's own <c>.git</c> is only read.</summary>
    public static IReadOnlyList<ContainerMount> OfDirectory(string directory)
    {
        string git = Path.Combine(directory, ".git");
        ContainerMount whole = new(directory, directory, IsReadOnly: false);
        return Path.Exists(git) ? [whole, new(git, git)] : [whole];
    }

    public static IReadOnlyList<ContainerMount> OfClone(Workspace clone) => [new(clone.Root, clone.Root, IsReadOnly: false)];

    /// <exception cref="RefusedException">Who may write there may write to what is the host's own, or to other workers' places.</exception>
    public static void Check(string directory, string dataDirectory)
    {
        string place = LinkedPath.Resolve(directory);
        if (LinkedPath.IsWithin(LinkedPath.Resolve(dataDirectory), place))
        {
            throw Arguments.Invalid(
                $"A container that may write to '{directory}' may write to the data directory '{dataDirectory}' in it, and so to other workers' places. "
                + "Name a working directory beside it, or use workspace 'worktree'.");
        }
    }
}
