using McpWorkers.Engine.Model;
using static McpWorkers.Engine.Settings.Keys.SettingShape;

namespace McpWorkers.Engine.Settings.Keys;

/// <summary>The keys of <c>ecosystem.yaml</c>: worker types, pools of them, and roles.</summary>
internal static class EcosystemKeys
{
    public const string FileName = "ecosystem.yaml";

    public const string Workers = "workers";
    public const string Roles = "roles";
    public const string Pools = "pools";

    private static readonly SettingKey EntryName = new("name", new Text(TextRule.EntryName), "Required. Entries of the same name in several files are merged, key by key.");

    private static KeyTable McpServer { get; } = new(
        EntryName,
        new("command", new Text(TextRule.NotEmpty), "Required. The program that speaks MCP over standard input and output."),
        new("args", new TextList(TextRule.Any), "Its arguments.", "[]"),
        new("env", new TextMap(TextRule.VariableName), "Its variables.", "{}"));

    public static KeyTable WorkerType { get; } = new(
        EntryName,
        new("agent", new Text(TextRule.EntryName),
            "The adapter: claude, qwen, gemini, codex, opencode, copilot, grok, stream-json (any CLI whose lines are JSON), command (any program; its exit code is the result), simulated, container (the prompt is a script for the shell of a container). Left out: told by the command, else by a name such as `terminal-claude`."),
        new("description", new Text(TextRule.Any), "One line for people and models that choose a type."),
        new("permission", new Text(TextRule.Choice([.. PermissionNames.All])), "What the agent's tools may do; each adapter maps it to its own flags. ask: what would change something waits for an answer, edits too, unless a rule decides it; only for agents that can ask.", "edit"),
        new("unattended", new Text(TextRule.Choice("deny", "allow")), "What a permission becomes that nobody answered in time.", "deny"),
        new("questions", new Flag(), "Whether its agents get the tools ask_controller, report_progress and share_artifact: an MCP server, one process more, for each run. With `permission: ask` claude has it in any case.", "false"),
        new("model", new Text(TextRule.NotEmpty), "The model. Left out: the agent's own choice."),
        new("command_template", new Words(),
            "The program and its flags. For agents with an adapter the flags are added to, or override, the adapter's; for stream-json and command it is the whole command. A text is split into words as a shell does; nothing is expanded."),
        new("environment", new TextMap(TextRule.VariableName), "Variables for the agent, on top of what it inherits.", "{}"),
        new("pass_environment", new TextList(TextRule.VariableName),
            "Names of variables that this type inherits although they are another agent's key, such as OPENAI_API_KEY for a CLI without an adapter.", "[]"),
        new("timeout_seconds", new Whole(30, 3600), "The time-out of a run where the call names none. Left out: worker_timeout_seconds."),
        new("bounds", new Section(HostKeys.Bounds(withDefaults: false)), "Bounds of this type; those left out are the host's."),
        new("workspace", new Text(TextRule.Choice("directory", "worktree")), "Where its workers work where the call does not say: the working directory itself, or a git worktree of their own.", "directory"),
        new("setup", new Section(WorkspaceKeys.Setup), "Makes a fresh worktree or clone ready before its first run. Left out: what the repository's own .mcpworkers.yaml says, once it is trusted."),
        new("verify", new TextList(TextRule.NotEmpty), "Commands for the shell that must succeed after each run for it to be completed.", "[]"),
        new("ports", new TextList(TextRule.PortVariable), "Variables that give each worker in a worktree or clone a port that no other worker has.", "[]"),
        new("mcp_servers", new Entries(McpServer), "MCP servers (stdio) that the agent gets in every run.", "[]"),
        new("may_delegate", new Flag(),
            "Whether its agents may use this host from within their runs: spawn workers of their own, which they alone see and which end with the run. Otherwise a run may only ask, report and share through its own MCP server.", "false"),
        new("prompt_by", new Text(TextRule.Choice("stdin", "argument")), "How the prompt reaches stream-json and command: standard input, or the last argument.", "stdin"),
        new("concurrency", new Whole(1, 100), "How many tasks its workers do at once; direct prompts are not counted. Left out: as many as there is room for."),
        new("pool", new Text(TextRule.EntryName), "A pool of `pools` with whose other types it shares a limit, such as those of one account."),
        new("budget", new Section(BudgetKeys.Budget), "What one run may spend; a call can only narrow it. At its end the run is interrupted, and somebody is asked."),
        new("pool_budget", new Section(BudgetKeys.Budget), "What the runs of this type with the same credential may spend together on one day, by the host's local time."),
        new("progress_tracking", new Text(TextRule.Choice("stream-json", "socket", "none")), "For a program without an adapter: stream-json reads its lines as JSON, none takes its output as text. socket belongs to container types."),
        new("result_storage", new Text(TextRule.Choice("session-buddy", "none")), "Where results also go, once session_buddy_integration is on."),
        new("launcher", new Text(TextRule.Choice([.. LauncherKindNames.All])),
            "How its commands are started where the call does not say: as processes of this machine, or in containers. Left out: container for the agent container, else process."),
        new("container", new Section(ContainerKeys.WorkerType), "Of its workers in containers."),
        new("limits", new Section(ContainerKeys.Limits), "What its runs may use of the machine at once; those left out are the host's."),
        new("runtime", new Text(TextRule.Choice("docker", "podman")), "Makes its agent `container`. Either word will do: which engine it is depends on containers.engine and on what runs here."),
        new("implementation", new Text(TextRule.Choice("iterm2-python-api", "tmux", "terminal")), "Makes it a debug monitor. Accepted; it cannot be spawned yet."),
        new("streaming", new Text(TextRule.Choice("session-buddy", "none")), "Where a debug monitor's log also goes."),
        new("trigger", new Text(TextRule.Any), "When a debug monitor opens, in words."));

    private static KeyTable Pool { get; } = new(
        EntryName,
        new("concurrency", new Whole(1, 100), "Required. How many tasks the workers of all its types do at once."));

    public static KeyTable Role { get; } = RoleKeys.Of(EntryName);

    public static KeyTable Table { get; } = new(
        new(Workers, new Entries(WorkerType), "The worker types.", "[]"),
        new(Pools, new Entries(Pool), "Limits that several worker types share, such as one account's.", "[]"),
        new(Roles, new Entries(Role, OtherKeys: true), "How the tasks of each role are done. Further keys hold texts or lists of texts: kept and shown, nothing acts on them.", "[]"));
}
