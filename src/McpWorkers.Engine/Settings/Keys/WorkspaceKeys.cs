using static McpWorkers.Engine.Settings.Keys.SettingShape;

namespace McpWorkers.Engine.Settings.Keys;

/// <summary>What concerns workspaces: the host's own keys, and those of a repository's <c>.mcpworkers.yaml</c>.</summary>
internal static class WorkspaceKeys
{
    public static KeyTable Setup { get; } = new(
        new("run", new Text(TextRule.NotEmpty), "Required. A command for the shell, run in the workspace before its first run."),
        new("inputs", new TextList(TextRule.NotEmpty), "Files whose contents decide whether outputs of an earlier time will do; relative to the workspace.", "[]"),
        new("outputs", new TextList(TextRule.NotEmpty), "What the command makes: files and directories that are kept aside and brought again; relative to the workspace.", "[]"));

    public static KeyTable Host => new(
        new("committer_name", new Text(TextRule.NotEmpty), "Who commits workers' changes where the user's git knows no name.", "McpWorkers"),
        new("committer_email", new Text(TextRule.NotEmpty), "With it.", "mcpworkers@localhost"),
        new("first_port", new Whole(1024, 65_535), "The first of the ports that are leased to workers.", "21000"),
        new("last_port", new Whole(1024, 65_535), "The last of them.", "21999"),
        new("leave_out", new TextList(TextRule.NotEmpty),
            "Ignored files that a snapshot in the trash leaves out, in the syntax of .gitignore; each is named in the snapshot. Left out by themselves: outputs of a set-up.", "[]"));

    public static KeyTable Repository { get; } = new(
        new("setup", new Section(Setup), "As in a worker type."),
        new("verify", new TextList(TextRule.NotEmpty), "As in a worker type; run besides those of the type and the call.", "[]"),
        new("ports", new TextList(TextRule.PortVariable), "As in a worker type.", "[]"),
        new("commit_hooks", new Flag(), "Whether the repository's commit hooks run for the commits that are made for workers.", "false"));
}
