using System.Globalization;
using System.Text.Json.Nodes;
using McpWorkers.Engine.Model;

namespace McpWorkers.Engine.Agents.Claude;

/// <summary>Claude Code (<c>claude</c>), by what 2.1.197 and 2.1.329 do.</summary>
internal sealed class ClaudeAdapter : IAgentAdapter
{
    private const string McpFile = "mcp.json";

    /// <summary>
    /// Without it claude gives up a server's tool that says nothing for half an hour. Its own bound on a call is 27 hours. A call that lasted
    /// longer than half an hour was measured with it (docs/agents.md).
    /// </summary>
    private static readonly TimeSpan OwnToolLimit = TimeSpan.FromHours(2);

    /// <summary>A run whose permissions cannot be asked for is of no use, and a busy machine may take its time to start the server.</summary>
    private static readonly TimeSpan ServerStartLimit = TimeSpan.FromMinutes(2);

    public string Name => "claude";

    public AgentCapabilities Capabilities { get; } =
        new(Resume: true, McpServers: true, UsageReporting.Live, ReportsCost: true, AskBy.Tool)
        {
            ToolTimeLimit = OwnToolLimit,
            AskTimeLimit = OwnToolLimit,
        };

    public AgentProbe Probe { get; } = new(
        "claude",
        ["--version"],
        [["--help"]],
        ["--print", "--output-format", "--verbose", "--session-id", "--resume", "--model", "--permission-mode", "--mcp-config",
            "--strict-mcp-config", "--allowedTools", "--disallowedTools"],
        ["2.1.197", "2.1.329"],
        "npm install -g @anthropic-ai/claude-code",
        ["ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN", "CLAUDE_CODE_OAUTH_TOKEN"],
        [".claude/.credentials.json"]);

    public AgentLaunch Plan(AgentRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        var arguments = CommandWords.Merge(Flags(request), request.Type.Command);
        bool hasServers = request.McpServers.Count > 0;
        return new()
        {
            Executable = request.Executable,
            Arguments = arguments,
            Environment = Variables(request, arguments, hasServers),
            Stdin = System.Text.Encoding.UTF8.GetBytes(request.Prompt),
            Files = hasServers ? [new(McpFile, McpServerJson.Document(request.McpServers, AddLimit))] : [],
            Stop = StopPlan.InterruptThenTerminate,
        };
    }

    public AgentReader NewReader(SessionTotals before) => new ClaudeReader(before);

    private static List<AgentFlag> Flags(AgentRequest request)
    {
        List<AgentFlag> flags =
        [
            new("-p") { OverriddenBy = ["--print"] },
            new("--output-format", "stream-json"),
            new("--verbose"),
            request.ResumeSession is { } session
                ? new("--resume", session) { OverriddenBy = ["-r", "--continue", "-c"] }
                : new("--session-id", request.NewSession.ToString("D", CultureInfo.InvariantCulture))
                    { OverriddenBy = ["--resume", "-r", "--continue", "-c"] },
        ];
        if (request.Model is { Length: > 0 } model)
        {
            flags.Add(new("--model", model));
        }

        if (request.LiveUsage)
        {
            flags.Add(new("--include-partial-messages"));
        }

        if (request.BudgetUsd is { } budget)
        {
            // Counted within the process, also where a session is resumed.
            flags.Add(new("--max-budget-usd", budget.ToString("0.##########", CultureInfo.InvariantCulture)));
        }

        flags.AddRange(PermissionFlags(request.Permission));
        if (request.McpServers.Count > 0)
        {
            flags.Add(new("--mcp-config", Path.Combine(request.RunDirectory, McpFile)) { IsList = true });
            flags.Add(new("--strict-mcp-config"));
            flags.Add(new("--allowedTools", string.Join(',', request.McpServers.Select(server => $"mcp__{server.Name}")))
                { IsList = true });
        }

        return flags;
    }

    private static void AddLimit(string server, JsonObject entry)
    {
        if (server == AgentRequest.OwnServer)
        {
            entry["timeout"] = (long)OwnToolLimit.TotalMilliseconds;
        }
    }

    private static IEnumerable<AgentFlag> PermissionFlags(Permission permission)
    {
        string mode = permission switch
        {
            // 'plan' refuses everything where the base URL is not Anthropic's own; this denies what is not allowed, and says so.
            Permission.ReadOnly => "dontAsk",
            Permission.Edit => "acceptEdits",
            Permission.Ask => "default",
            _ => "bypassPermissions",
        };
        yield return new("--permission-mode", mode) { OverriddenBy = ["--dangerously-skip-permissions"] };
        if (permission == Permission.ReadOnly)
        {
            // The user's own settings may allow edits: a worker that only reads must not.
            yield return new("--disallowedTools", "Edit,Write,NotebookEdit") { IsList = true };
        }
        else if (permission == Permission.Ask)
        {
            yield return new("--permission-prompt-tool", $"mcp__{AgentRequest.OwnServer}__{AgentRequest.PermissionTool}");

            // Its questions would come as a permission that is answered yes or no; questions have a tool of their own.
            yield return new("--disallowedTools", "AskUserQuestion") { IsList = true };
        }
    }

    private static Dictionary<string, string> Variables(AgentRequest request, IReadOnlyList<string> arguments, bool hasServers)
    {
        var variables = new Dictionary<string, string>
        {
            ["DISABLE_AUTOUPDATER"] = "1",
            ["CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC"] = "1",
            // About 35 s of retries instead of the default's three minutes.
            ["CLAUDE_CODE_MAX_RETRIES"] = "6",
        };
        if (hasServers)
        {
            // Otherwise the model has to search before it sees a server's tools.
            variables["ENABLE_TOOL_SEARCH"] = "false";
        }

        if (request.Permission == Permission.Ask)
        {
            variables["MCP_TIMEOUT"] = ((long)ServerStartLimit.TotalMilliseconds).ToString(CultureInfo.InvariantCulture);
        }

        if (request.IsRoot && arguments.Any(word =>
            word is "bypassPermissions" or "--permission-mode=bypassPermissions" or "--dangerously-skip-permissions"))
        {
            // claude refuses this mode to the superuser unless it is told that it runs in a sandbox.
            variables["IS_SANDBOX"] = "1";
        }

        return variables;
    }
}
