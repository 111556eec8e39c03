using McpWorkers.Engine.Workspaces.Git;

namespace McpWorkers.Engine.Workspaces.Worktrees;

/// <summary>Where a worktree shows a part of the files only, the worktree made from it shows the same part.</summary>
internal static class SparseFiles
{
    private const string Patterns = "info/sparse-checkout";
    private const string Configuration = "config.worktree";

    private static readonly string[] Keys = ["core.sparsecheckout", "core.sparsecheckoutcone", "index.sparse"];

    public static async Task BringAsync(GitRepository source, string gitDirectory, CancellationToken cancellationToken)
    {
        string patterns = Path.Combine(source.Place.GitDirectory, Patterns);
        string broughtPatterns = Path.Combine(gitDirectory, Patterns);
        if (File.Exists(patterns) && !File.Exists(broughtPatterns))
        {
            // Newer git does this by itself.
            Directory.CreateDirectory(Path.GetDirectoryName(broughtPatterns)!);
            File.Copy(patterns, broughtPatterns);
        }

        string configuration = Path.Combine(source.Place.GitDirectory, Configuration);
        if (!File.Exists(configuration))
        {
            return;
        }

        var listed = await source.RunAsync(["config", "--file", configuration, "--no-includes", "--list", "--null"], cancellationToken);
        string kept = string.Concat(listed.Fields
            .Select(entry => entry.Split('\n', 2))
            .Where(entry => Keys.Contains(entry[0]))
            .Select(entry => $"[{entry[0].Split('.')[0]}]\n\t{entry[0].Split('.')[1]} = {(IsOn(entry) ? "true" : "false")}\n"));
        if (kept.Length > 0)
        {
            await File.WriteAllTextAsync(Path.Combine(gitDirectory, Configuration), kept, cancellationToken);
        }
    }

    /// <summary>A key without a value is on: git-config(1), Values.</summary>
    private static bool IsOn(string[] entry) => entry.Length == 1 || entry[1].ToLowerInvariant() is "true" or "yes" or "on" or "1";
}
