using System.Text.Json.Nodes;
using McpWorkers.Tests.Product;
using Xunit;

namespace McpWorkers.Tests.RealAgents;

/// <summary>Every real AI CLI, driven by <c>mcpworkers workers execute</c> against the model server.</summary>
[Collection(RealAgentsByCommand.Name)]
public sealed class WorkersExecuteTests(AgentCommands commands)
{
    private const int TestLimit = 180_000;

    public static TheoryData<string> Agents => [.. RealAgent.Names];

    [Theory(Timeout = TestLimit), MemberData(nameof(Agents))]
    public async Task A_prompt_is_answered(string name)
    {
        var agent = RealAgent.Of(name);
        using var home = commands.NewHome(agent);
        using var command = AgentCommands.Start(home, agent.WorkerType, RealAgentChecks.TextPrompt, timeoutSeconds: 90);
        var end = await command.EndAsync(TimeSpan.FromSeconds(150));

        RealAgentChecks.Text(agent, Single(end));
        Assert.Equal(0, end.ExitCode);
    }

    [Theory(Timeout = TestLimit), MemberData(nameof(Agents))]
    public async Task A_tool_call_is_counted_and_its_output_reaches_the_model(string name)
    {
        var end = await commands.ExecuteAsync(name, RealAgentChecks.ToolPrompt);

        RealAgentChecks.Tool(Single(end));
        Assert.Equal(0, end.ExitCode);
    }

    [Theory(Timeout = TestLimit), MemberData(nameof(Agents))]
    public async Task An_mcp_server_of_the_worker_type_is_called(string name)
    {
        var end = await commands.ExecuteAsync(name, RealAgent.Of(name).EchoPrompt, withEcho: true);

        RealAgentChecks.Echo(Single(end));
    }

    [Theory(Timeout = TestLimit), MemberData(nameof(Agents))]
    public async Task Ctrl_C_in_the_middle_of_a_tool_call_leaves_nothing(string name)
    {
        LiveProcesses.NeedsProc();
        using var home = commands.NewHome(RealAgent.Of(name));
        string sleep = $"sleep 61.{Random.Shared.Next(1000, 9999)}";
        using var command = AgentCommands.Start(home, RealAgent.Of(name).WorkerType, $"[[bash:timeout 90 {sleep}]] go", timeoutSeconds: 60);
        await LiveProcesses.UntilAsync(
            () => command.HasExited || LiveProcesses.WithCommand(sleep).Any(p => !p.Contains("[[", StringComparison.Ordinal)), TimeSpan.FromSeconds(45), "the agent runs its tool");

        long interrupted = TimeProvider.System.GetTimestamp();
        command.Interrupt();
        var end = await command.EndAsync(TimeSpan.FromSeconds(30));

        Assert.True(TimeProvider.System.GetElapsedTime(interrupted) < TimeSpan.FromSeconds(8), $"It took too long. {end}");
        Assert.Equal(130, end.ExitCode);
        RealAgentChecks.Cancelled(Single(end));
        Assert.Empty(LiveProcesses.WithCommand(sleep));
        Assert.Empty(LiveProcesses.Under(home.Root));
    }

    /// <summary>Read from a pipe by a slow reader, all of these but codex lose the end of such a reply, with exit code 0.</summary>
    [Theory(Timeout = TestLimit), MemberData(nameof(Agents))]
    public async Task A_large_reply_is_whole(string name)
    {
        const int Length = 2_000_000;
        var result = Single(await commands.ExecuteAsync(name, $"[[rand:{Length}]] go"));

        result.AssertCompleted();
        Assert.Equal(Length, result.Output().Length);
        Assert.True(result.Output() == LongText.OfLength(Length), "The reply has the right length and another text.");
    }

    private static JsonObject Single(CommandEnd end) => Assert.Single(end.Results);
}
