using McpWorkers.Engine.Model;

namespace McpWorkers.Engine.Workspaces.Setup;

/// <summary>A path that a set-up names, in a workspace.</summary>
internal static class WorkspacePath
{
    /// <summary>The absolute path; it need not exist, and what is there is no link and lies behind none.</summary>
    /// <exception cref="RefusedException">It is not relative, leads out of the workspace, or into its git directory.</exception>
    public static string Of(Workspace workspace, string path)
    {
        string[] parts = path.Split('/', '\\');
        bool isPlain = path.Length > 0 && !Path.IsPathRooted(path) && !path.Any(char.IsControl)
            && !parts.Any(static part => part is ".." || part.Equals(".git", StringComparison.OrdinalIgnoreCase))
            && parts.Any(static part => part is not ("" or "."));
        string whole = isPlain ? Path.TrimEndingDirectorySeparator(Path.GetFullPath(path, workspace.Root)) : "";
        return isPlain && LinkedPath.Resolve(whole) == whole
            ? whole
            : throw new RefusedException(RefusalCode.InvalidArgument, $"The set-up names '{path}'. Its inputs and outputs are paths within the workspace, relative to its top, with no link on the way.");
    }
}
