using McpWorkers.Engine.Model;
using McpWorkers.Engine.Settings.Reading;

namespace McpWorkers.Engine.Settings.Building;

/// <summary>Makes what concerns workspaces, of the host and of worker types.</summary>
internal static class WorkspaceBuilder
{
    public static WorkspaceSettings Of(SettingNode.Branch tree, SettingsProblems problems)
    {
        var settings = new WorkspaceSettings
        {
            CommitterName = tree.Get<string>("committer_name")!,
            CommitterEmail = tree.Get<string>("committer_email")!,
            FirstPort = (int)tree.Number("first_port")!.Value,
            LastPort = (int)tree.Number("last_port")!.Value,
            LeaveOut = tree.Get<IReadOnlyList<string>>("leave_out")!,
        };
        if (settings.LastPort < settings.FirstPort)
        {
            problems.Add(tree["last_port"]!.Origin, FormattableString.Invariant($"workspaces.last_port: {settings.LastPort} is below first_port, {settings.FirstPort}."));
        }

        return settings;
    }

    /// <param name="path">The keys above, for messages.</param>
    /// <returns>Null where there is none.</returns>
    public static SetupSpec? SetupOf(SettingNode.Branch? tree, string path, SettingsProblems problems)
    {
        if (tree is null || tree.Children.Count == 0)
        {
            return null;
        }

        if (tree.Get<string>("run") is not { } run)
        {
            // The lists have defaults: a section that nobody wrote has them alone.
            if (tree.Children.Values.Any(node => node.Origin is not SettingOrigin.BuiltIn))
            {
                problems.Add(tree.Origin, $"{path}.setup names no command: its key run is missing.");
            }

            return null;
        }

        return new(run, Within(tree, "inputs", path, problems), Within(tree, "outputs", path, problems));
    }

    /// <summary>Paths that stay where they belong.</summary>
    private static IReadOnlyList<string> Within(SettingNode.Branch tree, string key, string path, SettingsProblems problems)
    {
        var names = tree.Get<IReadOnlyList<string>>(key) ?? [];
        foreach (string name in names.Where(name => Path.IsPathRooted(name) || name.Split('/', '\\').Contains("..") || name is "." or ".git" || name.StartsWith(".git/", StringComparison.Ordinal)))
        {
            problems.Add(tree[key]?.Origin ?? tree.Origin, $"{path}.setup.{key}: '{name}' must be a path within the workspace, and none of git's own files.");
        }

        return names;
    }
}
