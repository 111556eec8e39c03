using System.Text;
using System.Text.Json.Nodes;
using McpWorkers.Engine.Model;

namespace McpWorkers.Engine.Agents.OpenCode;

/// <summary>opencode, by <c>opencode run</c>.</summary>
internal sealed class OpenCodeAdapter : IAgentAdapter
{
    internal const string ConfigFile = "opencode.json";
    internal const string PermissionVariable = "OPENCODE_PERMISSION";

    public string Name => "opencode";

    public AgentCapabilities Capabilities { get; } =
        new(Resume: true, McpServers: true, UsageReporting.Live, ReportsCost: true) { ToolTimeLimit = OpenCodeMcpServers.OwnToolLimit };

    public AgentProbe Probe { get; } = new(
        "opencode",
        ["--version"],
        [["run", "--help"]],
        ["--format", "--auto", "--model", "--session"],
        ["1.18.33"],
        "npm install -g opencode-ai",
        ["ANTHROPIC_API_KEY", "OPENAI_API_KEY", "OPENROUTER_API_KEY", "GEMINI_API_KEY", "GOOGLE_GENERATIVE_AI_API_KEY"],
        [".local/share/opencode/auth.json", ".config/opencode/opencode.json"]);

    public AgentLaunch Plan(AgentRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        var servers = OpenCodeMcpServers.Of(request);
        Dictionary<string, string> variables = new(servers.Environment)
        {
            ["OPENCODE_DISABLE_AUTOUPDATE"] = "1",
            ["OPENCODE_DISABLE_MODELS_FETCH"] = "1",
            // Laid over every configuration, and takes nobody's place as OPENCODE_CONFIG_CONTENT would.
            [PermissionVariable] = Rules(request.Permission).ToJsonString(),
        };
        return new()
        {
            Executable = request.Executable,
            Arguments = CommandWords.Merge([.. Flags(request)], request.Type.Command),
            Environment = variables,
            // On the command line a prompt with white space reaches the model in quotes; this way it arrives as it is.
            Stdin = Encoding.UTF8.GetBytes(request.Prompt),
            Files = servers.Files,
            // SIGINT was ignored for 40 s in one of two tries; SIGTERM ends it at once.
            Stop = StopPlan.TerminateOnly,
            Warnings = servers.Warnings,
        };
    }

    public AgentReader NewReader(SessionTotals before) => new OpenCodeReader(before);

    private static IEnumerable<AgentFlag> Flags(AgentRequest request)
    {
        yield return AgentFlag.Word("run");
        yield return new("--format", "json");
        if (request.Permission == Permission.Full)
        {
            yield return new("--auto");
        }

        if (request.Model is { Length: > 0 } model)
        {
            yield return new("-m", model) { OverriddenBy = ["--model"] };
        }

        if (request.ResumeSession is { } session)
        {
            yield return new("-s", session) { OverriddenBy = ["--session"] };
        }
    }

    /// <summary>
    /// Never "ask": nobody answers, and a rejected question ends the run without an answer, while a denial is told to the model.
    /// </summary>
    private static JsonObject Rules(Permission permission) => permission switch
    {
        Permission.ReadOnly => new() { ["edit"] = "deny", ["bash"] = "deny", ["external_directory"] = "deny" },
        Permission.Edit or Permission.Ask => new() { ["edit"] = "allow", ["bash"] = "deny", ["external_directory"] = "deny" },
        _ => new() { ["*"] = "allow", ["edit"] = "allow", ["bash"] = "allow", ["external_directory"] = "allow" },
    };
}
