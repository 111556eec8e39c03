using McpWorkers.Engine.Model;
using static McpWorkers.Engine.Settings.Keys.SettingShape;

namespace McpWorkers.Engine.Settings.Keys;

/// <summary>The keys of <c>mcpworkers.yaml</c>. JSON schema, documentation and variables follow from this table.</summary>
internal static class HostKeys
{
    public const string FileName = "mcpworkers.yaml";

    /// <summary>
    /// Variables that a CLI sets for what it starts. A worker that inherited them would take itself for a part of that CLI's session.
    /// What configures a CLI (COPILOT_PROVIDER_*, OPENCODE_CONFIG_CONTENT, CODEX_HOME, GEMINI_CLI_SYSTEM_SETTINGS_PATH, …) must pass:
    /// hence whole names, but for families that hold nothing else.
    /// </summary>
    private const string SessionVariables =
        "[CLAUDECODE, CLAUDE_CODE_ENTRYPOINT, CLAUDE_CODE_SSE_PORT, CLAUDE_CODE_SESSION_ID, CLAUDE_CODE_CHILD_SESSION, CLAUDE_CODE_EXECPATH,"
        + " CLAUDE_CODE_MESSAGING_SOCKET, CLAUDE_CODE_MESSAGING_TOKEN, CLAUDE_AGENT_SDK_VERSION, CLAUDE_PID, CLAUDE_PROJECT_DIR, CLAUDE_ENV_FILE,"
        + " QWEN_CODE, QWEN_CODE_IDE_*, GEMINI_CLI, GEMINI_CLI_IDE_*, CODEX_SANDBOX*, CODEX_THREAD_ID, CODEX_CI, CODEX_INTERNAL_ORIGINATOR_OVERRIDE,"
        + " OPENCODE, OPENCODE_PID, OPENCODE_RUN_ID, OPENCODE_PROCESS_ROLE, OPENCODE_CALLER, OPENCODE_CLIENT,"
        + " COPILOT_CLI, COPILOT_AGENT_SESSION_ID, COPILOT_LOADER_PID, MCPWORKERS_*]";

    public static KeyTable Table { get; } = new(
        new("workers_enabled", new Flag(), "Whether workers can be spawned at all.", "true"),
        new("max_concurrent_workers", new Whole(1, 100, Clamped: true), "How many workers run at once; the others wait their turn.", "10"),
        new("max_workers", new Whole(1, 10_000), "How many workers may exist at once, idle ones included.", "200"),
        new("worker_default_type", new Text(TextRule.EntryName), "The worker type where a call names none; `auto`: the first of worker_auto_types that is installed.", "auto"),
        new("worker_auto_types", new TextList(TextRule.EntryName), "Where `auto` looks, in this order.",
            "[terminal-claude, terminal-qwen, terminal-codex, terminal-gemini, terminal-opencode, terminal-copilot]"),
        new("worker_timeout_seconds", new Whole(30, 3600), "The time-out of a run where neither the call nor its type names one.", "300"),
        new("session_buddy_integration", new Flag(), "Results are also told to a Session-Buddy server, once one is configured.", "false"),
        new("data_directory", new Text(TextRule.Directory), "Where runs are kept. Left out: `$XDG_STATE_HOME/mcpworkers`, else `~/.local/state/mcpworkers` (Windows: `%LOCALAPPDATA%\\mcpworkers`)."),
        new("prompt_bytes_max", new Whole(1, 1_073_741_824), "The longest prompt, in bytes of UTF-8.", "10485760"),
        new("output_inline_max", new Whole(256, 16_777_216), "How much of an output a tool's result carries whole, in characters; the rest is read by cursor.", "65536"),
        new("bounds", new Section(Bounds(withDefaults: true)), "What a run may not exceed; each has its own outcome."),
        new("limits", new Section(ContainerKeys.Limits), "What a run may use of the machine at once, where its type says nothing. Left out: as much as there is."),
        new("containers", new Section(ContainerKeys.Host), "Where containers run."),
        new("worker_idle_hours", new Whole(1, 8760), "A worker at which nothing happened for so long is closed; its results stay as `retention` says.", "24"),
        new("daemon_idle_minutes", new Whole(0, 10_080), "A daemon with nothing to do and no client ends itself after so long; 0: never.", "30"),
        new("log_level", new Text(TextRule.Choice([.. LogLevelNames.All])), "How much the daemon's log holds; `mcpworkers daemon log-level` changes it while it runs.", LogLevelNames.Usual),
        new("working_directory", new Text(TextRule.Directory), "Where the workers of clients work that have no directory of their own, as those over HTTP. Left out: the home directory; for `serve` the directory it was started in."),
        new("retention", new Section(Retention), "How long run directories are kept. What was not collected is not touched, unless told."),
        new("mcp", new Section(Mcp), "What MCP clients get."),
        new("workspaces", new Section(WorkspaceKeys.Host), "How worktrees and clones are made and kept."),
        new("tasks", new Section(TaskKeys.Host), "The queue of tasks."),
        new("quota", new Section(QuotaKeys.Host), "What happens where an agent's service gives no more for a while."),
        new("signals", new Entries(QuotaKeys.Signal),
            "How one says by what an agent writes that its service gives no more: rules beside the built-in ones (docs/quota.md), or changes to those by name.", "[]"),
        new("requests", new Section(RequestKeys.Host), "What becomes of what workers ask."),
        new("notify", new Section(TaskKeys.Notify), "Who is told, once, of each task that failed or was put away, of each request that waits for an answer, and of each pool that waits. Left out: nobody."),
        new("budgets", new Section(BudgetKeys.Host), "What may be spent in all; worker types, roles and calls bound runs, tasks and pools (docs/budgets.md)."),
        new("prices", new Entries(BudgetKeys.Price), "What models cost, in USD per million tokens: for estimates while a run goes on, and for agents that never say what they cost.", "[]"),
        new("http", new Section(Http), "The door for remote MCP hosts and programs."),
        new("environment_deny", new TextList(TextRule.VariablePattern), "Inherited variables that no agent gets; a `*` at the end stands for any ending. A list given here replaces the default one.", SessionVariables));

    private static KeyTable Retention => new(
        new("days", new Whole(1, 3650), "Run directories and events that are older are removed.", "30"),
        new("bytes_max", new Whole(1_048_576, 1_099_511_627_776_000), "All run directories together; the longest settled go first.", "21474836480"),
        new("uncollected", new Flag(), "Also remove runs whose results nobody has fetched yet.", "false"));

    private static KeyTable Mcp => new(
        new SettingKey("tools", new TextList(TextRule.Choice([.. ToolSetNames.All])),
            "The tool sets of clients that choose none themselves (`mcpworkers mcp --tools`, `?tools=` over HTTP).", "[workers]"));

    private static KeyTable Http => new(
        new("enabled", new Flag(), "Whether the daemon listens; `mcpworkers serve` always does.", "false"),
        new("address", new Text(TextRule.NotEmpty), "The address to listen on: an IP address, or `localhost`.", "127.0.0.1"),
        new("port", new Whole(0, 65_535), "0: any free one, shown by `mcpworkers daemon status`.", "7433"),
        new("allowed_hosts", new TextList(TextRule.NotEmpty), "Names that the Host header may carry beside those of loopback; such as `workers.example.org`.", "[]"),
        new("allowed_origins", new TextList(TextRule.NotEmpty), "Origins of web pages that may call, beside those of loopback; such as `https://app.example.org`.", "[]"),
        new("token_on_loopback", new Flag(), "Whether a token is needed on loopback too. false: every program and every user of this machine may give orders.", "true"),
        new("certificate", new Text(TextRule.Directory), "A PEM file with the certificate chain, or a .pfx file. Left out: no TLS."),
        new("certificate_key", new Text(TextRule.Directory), "The PEM file with the certificate's key, where it is a file of its own."),
        new("request_bytes_max", new Whole(65_536, 1_073_741_824), "The longest request body, in bytes.", "16777216"),
        new("sessions_max", new Whole(1, 10_000), "Sessions of older MCP revisions at once.", "200"),
        new("session_idle_minutes", new Whole(1, 1440), "A session that was not used for so long ends; its runs do not.", "30"));

    /// <summary>The same keys serve the host, with defaults, and single worker types, without.</summary>
    public static KeyTable Bounds(bool withDefaults)
    {
        string? Default(string value) => withDefaults ? value : null;
        return new(
            new("first_output_seconds", new Whole(1, 3600), "Until the first line of output; then `no_first_output`.", Default("120")),
            new("silence_seconds", new Whole(1, 3600), "Between two lines while no tool call is open; then `silence`.", Default("300")),
            new("silence_in_tool_seconds", new Whole(1, 3600), "Between two lines while a tool call is open; never less than silence_seconds.", Default("1800")),
            new("after_result_seconds", new Whole(1, 3600), "Life after the final result while no background work is open; then it is ended, and the result counts.", Default("30")),
            new("output_bytes_max", new Whole(1024, 1_099_511_627_776), "Standard output and standard error together, in bytes; then `output_limit`.", Default("268435456")),
            new("line_bytes_max", new Whole(1024, 1_073_741_824), "A longer line is read shortened; it stays whole in its file. In bytes.", Default("8388608")));
    }
}
