using System.Text;
using McpWorkers.Engine.Agents;
using McpWorkers.Engine.Agents.Reading;
using McpWorkers.Engine.Model;

namespace McpWorkers.Tests.Cli;

/// <summary>An agent whose answer is what its command prints; its exit code is its verdict.</summary>
internal sealed class EchoAgent : IAgentAdapter
{
    public string Name => "simulated";

    public AgentCapabilities Capabilities { get; } = new(Resume: false, McpServers: false, UsageReporting.None, ReportsCost: false, IsSimulated: true);

    public AgentProbe Probe { get; } = new("echo-agent", [], [], [], [], "npm install echo", [], []);

    public AgentLaunch Plan(AgentRequest request) => new()
    {
        Executable = request.Executable,
        Arguments = ["--session", request.NewSession.ToString(), "--mode", request.Permission.ToWire()],
        Stdin = Encoding.UTF8.GetBytes(request.Prompt),
    };

    public AgentReader NewReader(SessionTotals before) => new Reader(before);

    private sealed class Reader(SessionTotals before) : AgentReader(before)
    {
        private protected override bool OnObject(JsonView line) => false;

        private protected override void OnText(ReadOnlySpan<byte> line) => Emit(new AgentEvent.Text(Encoding.UTF8.GetString(line), Partial: false));

        private protected override AgentVerdict Judge(AgentEnding ending) =>
            ending.ExitCode == 0 ? new AgentVerdict.Good() : new AgentVerdict.Failed(FailureKind.Error, "it failed");

        private protected override AgentSummary Summarize(AgentEnding ending, AgentSummary common) => common with { Usage = new(Input: 1000, Output: 234) };
    }
}
