using System.Globalization;
using System.Text;
using McpWorkers.Engine.Agents.Claude;
using McpWorkers.Engine.Model;

namespace McpWorkers.Engine.Agents.Simulated;

/// <summary>The simulated agent that comes with the product: it speaks claude's stream, needs no key and no network.</summary>
internal sealed class SimulatedAdapter : IAgentAdapter
{
    public string Name => "simulated";

    public AgentCapabilities Capabilities { get; } =
        new(Resume: true, McpServers: false, UsageReporting.AtEnd, ReportsCost: true, IsSimulated: true);

    public AgentProbe Probe { get; } = new("", [], [], [], [], "", [], []);

    public AgentLaunch Plan(AgentRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        string mode = request.Permission switch
        {
            Permission.ReadOnly => "dontAsk",
            Permission.Edit or Permission.Ask => "acceptEdits",
            _ => "bypassPermissions",
        };
        List<AgentFlag> flags =
        [
            // The type's words name the subcommand already, unless they are only the executable.
            .. request.Type.Command.Count > 1 ? Array.Empty<AgentFlag>() : [AgentFlag.Word("simulated-agent")],
            request.ResumeSession is { } session
                ? new("--resume", session)
                : new("--session-id", request.NewSession.ToString("D", CultureInfo.InvariantCulture)) { OverriddenBy = ["--resume"] },
            new("--permission-mode", mode),
        ];
        if (request.Model is { Length: > 0 } model)
        {
            flags.Add(new("--model", model));
        }

        return new()
        {
            Executable = request.Executable,
            Arguments = CommandWords.Merge(flags, request.Type.Command),
            Stdin = Encoding.UTF8.GetBytes(request.Prompt),
            Stop = StopPlan.InterruptThenTerminate,
            Warnings = request.McpServers.Count == 0 ? [] : ["The simulated agent has no MCP servers: they were left out."],
        };
    }

    public AgentReader NewReader(SessionTotals before) => new ClaudeReader(before);
}
