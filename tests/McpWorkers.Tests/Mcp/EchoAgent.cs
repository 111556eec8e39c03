using System.Text;
using McpWorkers.Engine.Agents;
using McpWorkers.Engine.Agents.Reading;
using McpWorkers.Engine.Model;

namespace McpWorkers.Tests.Mcp;

/// <summary>An agent that says its prompt, line by line; <see cref="EchoLauncher"/> plays it. Each line of output begins with '&gt;'.</summary>
internal sealed class EchoAgent : IAgentAdapter
{
    public string Name => "echo";

    public AgentCapabilities Capabilities { get; } = new(Resume: false, McpServers: false, UsageReporting.None, ReportsCost: false);

    public AgentProbe Probe { get; } = new("echo-agent", [], [], [], [], "", [], []);

    public AgentLaunch Plan(AgentRequest request) => new()
    {
        Executable = "/echo-agent",
        Arguments = [],
        Stdin = Encoding.UTF8.GetBytes(request.Prompt),
    };

    public AgentReader NewReader(SessionTotals before) => new Reader(before);

    private sealed class Reader(SessionTotals before) : AgentReader(before)
    {
        private readonly StringBuilder _all = new();

        private protected override bool OnObject(JsonView line) => false;

        private protected override void OnText(ReadOnlySpan<byte> line)
        {
            _all.Append(_all.Length > 0 ? "\n" : "").Append(Encoding.UTF8.GetString(line[1..]));
            Emit(new AgentEvent.Text(_all.ToString(), Partial: false));
        }

        private protected override AgentVerdict Judge(AgentEnding ending) => ending.ExitCode == 0
            ? new AgentVerdict.Good()
            : new AgentVerdict.Failed(FailureKind.Error, $"exit code {ending.ExitCode}");

        private protected override AgentSummary Summarize(AgentEnding ending, AgentSummary common) => common;
    }
}
