using System.Text;
using McpWorkers.Engine.Model;

namespace McpWorkers.Engine.Agents.Gemini;

/// <summary>Gemini CLI.</summary>
internal sealed class GeminiAdapter : IAgentAdapter
{
    internal const string SettingsFile = "gemini-settings.json";
    internal const string DefaultsFile = "gemini-defaults.json";

    /// <summary>
    /// gemini's own default is 10: minutes of silence on a rate limit. Waits of 5, 10 and 20 s lie between four. Given as a default, so that
    /// the user's own <c>general.maxAttempts</c> wins.
    /// </summary>
    private static readonly byte[] Defaults = [.. """{"general":{"maxAttempts":4}}"""u8];

    /// <summary>Its own bound on a tool's call is 10 minutes.</summary>
    private static readonly TimeSpan OwnToolLimit = TimeSpan.FromHours(2);

    public string Name => "gemini";

    public AgentCapabilities Capabilities { get; } =
        new(Resume: true, McpServers: true, UsageReporting.AtEnd, ReportsCost: false) { ToolTimeLimit = OwnToolLimit };

    public AgentProbe Probe { get; } = new(
        "gemini",
        ["--version"],
        [["--help"]],
        ["--output-format", "--approval-mode", "--model", "--session-id", "--resume"],
        ["0.61.0"],
        "npm install -g @google/gemini-cli",
        ["GEMINI_API_KEY", "GOOGLE_API_KEY", "GOOGLE_APPLICATION_CREDENTIALS"],
        [".gemini/oauth_creds.json"]);

    public AgentLaunch Plan(AgentRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        return new()
        {
            Executable = request.Executable,
            Arguments = CommandWords.Merge([.. Flags(request)], request.Type.Command),
            Environment = Environment(request),
            Stdin = Encoding.UTF8.GetBytes(request.Prompt),
            Files = request.McpServers.Count == 0
                ? [new(DefaultsFile, Defaults)]
                : [new(DefaultsFile, Defaults), new(SettingsFile, Servers(request.McpServers))],
            // It ignores SIGINT while its child runs, and needs none: TERM ends it at once when it has not relaunched itself.
            Stop = StopPlan.TerminateOnly,
        };
    }

    public AgentReader NewReader(SessionTotals before) => new GeminiReader(before);

    private static IEnumerable<AgentFlag> Flags(AgentRequest request)
    {
        yield return new("-o", "stream-json") { OverriddenBy = ["--output-format"] };
        yield return new("--approval-mode", Mode(request.Permission)) { OverriddenBy = ["-y", "--yolo"] };
        if (request.Model is { Length: > 0 } model)
        {
            yield return new("-m", model) { OverriddenBy = ["--model"] };
        }

        yield return request.ResumeSession is { } session
            ? new("--resume", session) { OverriddenBy = ["-r"] }
            : new("--session-id", request.NewSession.ToString("D"));
    }

    private static string Mode(Permission permission) => permission switch
    {
        Permission.ReadOnly => "default",
        Permission.Edit or Permission.Ask => "auto_edit",
        _ => "yolo",
    };

    private static Dictionary<string, string> Environment(AgentRequest request)
    {
        Dictionary<string, string> variables = new()
        {
            // Otherwise it starts itself again as a child, which no signal reaches: seen with 0.61.0.
            ["GEMINI_CLI_NO_RELAUNCH"] = "true",
            // Without it: exit code 55 in any folder that nobody has trusted by hand.
            ["GEMINI_CLI_TRUST_WORKSPACE"] = "true",
            ["GEMINI_CLI_SYSTEM_DEFAULTS_PATH"] = Path.Combine(request.RunDirectory, DefaultsFile),
        };
        if (request.McpServers.Count > 0)
        {
            // There is no flag for MCP servers. gemini takes this file only where no folder above it is writable by others.
            variables["GEMINI_CLI_SYSTEM_SETTINGS_PATH"] = Path.Combine(request.RunDirectory, SettingsFile);
        }

        return variables;
    }

    /// <summary>Without trust a server's tools are hidden in every approval mode but yolo.</summary>
    private static byte[] Servers(IReadOnlyList<McpServerSpec> servers) =>
        McpServerJson.Document(servers, (name, server) =>
        {
            server["trust"] = true;
            if (name == AgentRequest.OwnServer)
            {
                server["timeout"] = (long)OwnToolLimit.TotalMilliseconds;
            }
        });
}
