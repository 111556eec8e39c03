using System.Text;
using McpWorkers.Engine.Workspaces.Inner;

namespace McpWorkers.Engine.Workspaces.Worktrees;

/// <summary>What the folder of a workspace is called: as the repository's own, so that tools that show the folder's name show something known.</summary>
internal static class PlaceName
{
    private const int LengthMax = 80;

    /// <param name="repository">A path or URL.</param>
    public static string Of(string repository)
    {
        string last = repository.TrimEnd('/', '\\').Split('/', '\\', ':')[^1];
        if (last == ".git")
        {
            last = Path.GetFileName(Path.GetDirectoryName(repository.TrimEnd('/', '\\'))) ?? "";
        }
        else if (last.EndsWith(".git", StringComparison.OrdinalIgnoreCase))
        {
            last = last[..^4];
        }

        var name = new StringBuilder();
        foreach (char each in last.Length > LengthMax ? last[..LengthMax] : last)
        {
            name.Append(char.IsLetterOrDigit(each) || each is '.' or '_' or '-' ? each : '_');
        }

        // Beside it lies the record; and no tool should take it for an option, or for a directory that is not its own.
        string kept = name.ToString().TrimEnd('.');
        return kept.Length == 0 || kept[0] == '-' || kept.StartsWith("workspace.json", StringComparison.Ordinal) || kept.StartsWith(InnerPlace.Prefix, StringComparison.Ordinal)
            || kept.Equals(".git", StringComparison.OrdinalIgnoreCase)
            ? "repository" + kept
            : kept;
    }
}
