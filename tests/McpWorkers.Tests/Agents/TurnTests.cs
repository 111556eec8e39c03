using McpWorkers.Engine.Agents;
using Xunit;

namespace McpWorkers.Tests.Agents;

/// <summary>Requests of an agent to its model, counted while it runs, on recorded runs.</summary>
public sealed class TurnTests
{
    [Theory]
    [InlineData("claude-2.1.329", "a-text", 1)]
    [InlineData("claude-2.1.329", "b-bash", 2)]
    [InlineData("claude-2.1.329", "b-loop3", 4)]
    [InlineData("claude-2.1.329", "b-parallel", 2)]
    [InlineData("claude-2.1.329", "l-partial-tool", 2)]
    [InlineData("qwen-0.24.4", "b-loop3", 4)]
    [InlineData("qwen-0.24.4", "h-bidir-allow", 2)]
    [InlineData("gemini-0.61.0", "b-loop3", 4)]
    [InlineData("codex-0.169.0", "b-loop3", 4)]
    [InlineData("opencode-1.18.33", "b-loop3", 4)]
    [InlineData("copilot-1.0.102", "b-bash", 2)]
    public void Turns_are_counted_as_they_begin(string folder, string name, int expected)
    {
        var recorded = Transcript.In(folder).Single(one => one.Name == name);
        List<int> turns = [];
        var reader = AgentCatalog.Default()[recorded.Agent].NewReader(SessionTotals.Zero);
        reader.Listener = said => turns.AddRange(said is AgentEvent.TurnStarted { Turn: var turn } ? [turn] : []);

        recorded.Run(reader);

        Assert.Equal(Enumerable.Range(1, expected), turns);
        Assert.Equal(expected, reader.TurnsBegun);
    }

    [Theory]
    [InlineData("claude-2.1.329", "l-partial-tool")]
    [InlineData("qwen-0.24.4", "b-loop3")]
    [InlineData("opencode-1.18.33", "b-loop3")]
    public void Tokens_are_told_while_it_runs_and_grow(string folder, string name)
    {
        var recorded = Transcript.In(folder).Single(one => one.Name == name);
        List<long> before = [];
        bool isOver = false;
        var reader = AgentCatalog.Default()[recorded.Agent].NewReader(SessionTotals.Zero);
        reader.Listener = said =>
        {
            isOver |= said is AgentEvent.FinalResult;
            before.AddRange(!isOver && said is AgentEvent.UsageReported { Usage: var usage } ? [usage.Total] : []);
        };

        var summary = recorded.Run(reader);

        Assert.True(before.Distinct().Count() >= 2, string.Join(' ', before));
        Assert.Equal(before.Order(), before);
        Assert.True(before[^1] <= summary.Usage!.Total, $"{before[^1]} of {summary.Usage.Total}");
    }
}
