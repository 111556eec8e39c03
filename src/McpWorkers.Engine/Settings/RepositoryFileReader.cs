using System.Text;
using McpWorkers.Engine.Model;
using McpWorkers.Engine.Settings.Building;
using McpWorkers.Engine.Settings.Keys;
using McpWorkers.Engine.Settings.Reading;

namespace McpWorkers.Engine.Settings;

/// <summary>Reads a repository's <c>.mcpworkers.yaml</c>.</summary>
public static class RepositoryFileReader
{
    /// <param name="path">For messages.</param>
    /// <param name="content">As it is in the file: what was trusted, byte for byte.</param>
    /// <exception cref="RefusedException">Something in it is wrong (<see cref="RefusalCode.InvalidSettings"/>); a line for each problem.</exception>
    public static RepositoryFile Read(string path, ReadOnlySpan<byte> content)
    {
        var problems = new SettingsProblems();
        var tree = SettingDefaults.Of(WorkspaceKeys.Repository);
        if (SettingsFile.ReadText(path, Encoding.UTF8.GetString(content), WorkspaceKeys.Repository, problems) is { } written)
        {
            tree = tree.OverriddenBy(written);
        }

        var file = new RepositoryFile
        {
            Setup = WorkspaceBuilder.SetupOf(tree.Under("setup"), path, problems),
            Verify = tree.Get<IReadOnlyList<string>>("verify")!,
            Ports = tree.Get<IReadOnlyList<string>>("ports")!,
            CommitHooks = tree.Flag("commit_hooks")!.Value,
        };
        return problems.Problems.Count == 0
            ? file
            : throw new RefusedException(RefusalCode.InvalidSettings, string.Join('\n', [$"The file '{path}' cannot be used:", .. problems.Problems]));
    }
}
