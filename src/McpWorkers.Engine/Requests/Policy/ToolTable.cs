namespace McpWorkers.Engine.Requests.Policy;

/// <summary>One tool that is known by name.</summary>
/// <param name="Paths">Properties that hold a path, or a list of paths.</param>
/// <param name="Inert">Further properties that change nothing about what may be done where.</param>
/// <param name="Tree">Everything below its path is used too.</param>
internal sealed record KnownTool(ToolKind Kind, IReadOnlyList<string> Paths, IReadOnlyList<string> Inert, bool Tree = false);

/// <summary>
/// The tools of claude 2.1.329 and qwen 0.24.4 by name. A property that is not named here makes a call one that cannot be analysed surely: a new
/// release of a CLI is asked about rather than misread.
/// </summary>
internal static class ToolTable
{
    public const string Command = "command";
    public const string GlobPattern = "pattern";

    private static readonly KnownTool Shell = new(
        ToolKind.Shell, ["directory"],
        [Command, "description", "timeout", "timeout_ms", "persistent", "run_in_background", "is_background", "max_events", "idle_timeout_ms"]);

    private static readonly KnownTool Edit = new(
        ToolKind.Edit, ["file_path", "notebook_path"],
        ["content", "old_string", "new_string", "replace_all", "expected_replacements", "edits", "new_source", "cell_id", "cell_type", "edit_mode"]);

    private static readonly KnownTool Read = new(
        ToolKind.Read, ["file_path", "absolute_path", "notebook_path", "image_path"], ["offset", "limit", "pages"]);

    private static readonly KnownTool Search = new(
        ToolKind.Read, ["path", "dir_path"],
        [GlobPattern, "glob", "include", "type", "output_mode", "-A", "-B", "-C", "-n", "-i", "-o", "context", "head_limit", "offset", "multiline", "limit", "case_sensitive"],
        Tree: true);

    private static readonly KnownTool List = new(
        ToolKind.Read, ["path", "dir_path"], [GlobPattern, "ignore", "case_sensitive", "respect_git_ignore", "file_filtering_options"]);

    private static readonly KnownTool Web = new(ToolKind.Web, [], []);

    private static readonly KnownTool Resources = new(ToolKind.Mcp, [], []);

    private static readonly Dictionary<string, KnownTool> Tools = new(StringComparer.Ordinal)
    {
        ["Bash"] = Shell, ["Monitor"] = Shell, ["run_shell_command"] = Shell, ["monitor"] = Shell, ["PowerShell"] = Shell,
        ["Edit"] = Edit, ["Write"] = Edit, ["MultiEdit"] = Edit, ["NotebookEdit"] = Edit,
        ["edit"] = Edit, ["write_file"] = Edit, ["notebook_edit"] = Edit,
        ["Read"] = Read, ["NotebookRead"] = Read, ["read_file"] = Read, ["zoom_image"] = Read,
        ["Grep"] = Search, ["grep_search"] = Search,
        ["Glob"] = List, ["LS"] = List, ["glob"] = List, ["list_directory"] = List,
        ["WebFetch"] = Web, ["WebSearch"] = Web, ["web_fetch"] = Web, ["web_search"] = Web,
        ["ListMcpResourcesTool"] = Resources, ["ReadMcpResourceTool"] = Resources, ["read_mcp_resource"] = Resources,
    };

    /// <summary>Tools that call other tools: what they do is in their input, in a form that is not ours to know.</summary>
    private static readonly string[] CallingOthers = ["tool_call", "exec", "PowerShell"];

    /// <summary>Null for a tool of which only the name is known.</summary>
    public static KnownTool? Find(string tool) => Tools.GetValueOrDefault(tool);

    public static ToolKind KindOf(string tool) =>
        Find(tool)?.Kind ?? (tool.StartsWith("mcp__", StringComparison.Ordinal) ? ToolKind.Mcp : ToolKind.Other);

    public static bool CallsOthers(string tool) => CallingOthers.Contains(tool);

    /// <summary>Whether its <see cref="GlobPattern"/> is a pattern of paths, not one of texts.</summary>
    public static bool FindsByName(string tool) => tool is "Glob" or "glob";
}
