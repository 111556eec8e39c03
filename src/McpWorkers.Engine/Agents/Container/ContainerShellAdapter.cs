using System.Text;
using McpWorkers.Engine.Agents.Generic;
using McpWorkers.Engine.Model;

namespace McpWorkers.Engine.Agents.Container;

/// <summary>
/// No AI: the prompt is a script for the shell of the worker's container, its output the answer, its exit code the result. The script is a
/// file in the run directory, so that its commands read the end of standard input and not the rest of the script.
/// </summary>
internal sealed class ContainerShellAdapter : IAgentAdapter
{
    private const string Script = "command.sh";

    public string Name => "container";

    public AgentCapabilities Capabilities { get; } = new(Resume: false, McpServers: false, UsageReporting.None, ReportsCost: false);

    public AgentProbe Probe { get; } = new("", [], [], [], [], "", [], []);

    public AgentLaunch Plan(AgentRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        return new()
        {
            Executable = request.Executable,
            Arguments = [Path.Combine(request.RunDirectory, Script)],
            Files = [new RunFile(Script, Encoding.UTF8.GetBytes(request.Prompt))],
            Stop = StopPlan.InterruptThenTerminate,
            Warnings = request.McpServers.Count > 0 ? ["MCP servers cannot be given to a container's shell: they were left out."] : [],
        };
    }

    public AgentReader NewReader(SessionTotals before) => new CommandReader(before);
}
