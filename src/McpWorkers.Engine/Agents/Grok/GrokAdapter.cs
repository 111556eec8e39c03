using McpWorkers.Engine.Agents.Generic;
using McpWorkers.Engine.Model;

namespace McpWorkers.Engine.Agents.Grok;

/// <summary>
/// The community's <c>grok</c> (<c>@vibe-kit/grok-cli</c>), by what 0.0.34 does. It takes its prompt as an argument only: standard input
/// opens its terminal interface. It has no sessions and no permission modes, and tells no tokens.
/// </summary>
internal sealed class GrokAdapter : IAgentAdapter
{
    public string Name => "grok";

    public AgentCapabilities Capabilities { get; } =
        new(Resume: false, McpServers: false, UsageReporting.None, ReportsCost: false);

    public AgentProbe Probe { get; } = new(
        "grok",
        ["--version"],
        [["--help"]],
        ["-p"],
        // The package 0.0.34 calls itself 1.0.1.
        ["1.0.1"],
        "npm install -g @vibe-kit/grok-cli",
        ["GROK_API_KEY"],
        [".grok/user-settings.json"]);

    public AgentLaunch Plan(AgentRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        AgentFlag prompt = new("-p", GenericAdapter.CheckArgument(request.Prompt, request.Type.Name));
        return new()
        {
            Executable = request.Executable,
            Arguments = CommandWords.Merge([prompt], request.Type.Command),
            Environment = request.Model is { Length: > 0 } model
                ? new Dictionary<string, string> { ["GROK_MODEL"] = model }
                : new Dictionary<string, string>(),
            Stop = StopPlan.TerminateOnly,
            Warnings = Warnings(request),
        };
    }

    public AgentReader NewReader(SessionTotals before) => new GrokReader(before);

    private static List<string> Warnings(AgentRequest request)
    {
        List<string> warnings = ["grok takes its prompt as an argument: other users of this machine can see it while it runs."];
        if (request.Permission != Permission.Full)
        {
            warnings.Add($"grok has no permission modes: it runs every tool, permission '{request.Permission.ToWire()}' notwithstanding.");
        }

        if (request.McpServers.Count > 0)
        {
            warnings.Add("MCP servers cannot be given to grok for one run: they were left out.");
        }

        return warnings;
    }
}
