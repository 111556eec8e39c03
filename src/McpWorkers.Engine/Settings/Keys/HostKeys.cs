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
        new("environment_deny", new TextList(TextRule.VariablePattern), "Inherited variables that no agent gets; a `*` at the end stands for any ending. A list given here replaces the default one.", SessionVariables));

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
