using System.Text.Json.Nodes;
using McpWorkers.Tests.Product;
using Xunit;

namespace McpWorkers.Tests.RealAgents;

/// <summary>
/// Every real AI CLI, driven over MCP: one batch with a worker of each, against the model server. What a service may do wrong is tried by
/// <see cref="FailingServiceTests"/>: from the host on it is the same way.
/// </summary>
[Collection(RealAgentsOverMcp.Name)]
public sealed class WorkerToolsTests(ModelServer server)
{
    private const int TestLimit = 180_000;
    private const int RunLimitSeconds = 90;

    [Fact(Timeout = TestLimit)]
    public async Task An_mcp_server_of_the_worker_type_is_called()
    {
        var agents = Needs.InstalledAgents();
        using var home = HomeOf(agents);
        // Those that cannot have servers here are skipped, with the reason, where each is tested by itself.
        agents = [.. agents.Where(agent => Needs.WhyNoServers(agent, home.Root) is null)];
        await using var mcp = await ProductMcp.StartAsync(home);
        var workers = await SpawnAsync(mcp, agents.Select(agent => agent.WorkerTypeWithEcho));

        var results = await mcp.BatchAsync(workers, [.. agents.Select(agent => agent.EchoPrompt)], RunLimitSeconds);

        Assert.Equal(workers, results.Select(result => result["worker_id"]!.GetValue<string>()));
        Assert.Multiple([.. results.Select(result => (Action)(() => RealAgentChecks.Echo(result)))]);
    }

    [Fact(Timeout = TestLimit)]
    public async Task A_second_prompt_goes_on_in_the_same_session_counts_its_own_tokens_and_its_large_reply_is_whole()
    {
        const int Length = 600_000;
        string large = LongText.OfLength(Length);
        var agents = Needs.InstalledAgents();
        using var home = HomeOf(agents);
        home.WriteHostSettings(new() { ["output_inline_max"] = 2 * Length });
        await using var mcp = await ProductMcp.StartAsync(home);
        var workers = await SpawnAsync(mcp, agents.Select(agent => agent.WorkerType));

        var first = await mcp.BatchAsync(workers, [.. agents.Select(_ => RealAgentChecks.TextPrompt)], RunLimitSeconds);
        var second = await mcp.BatchAsync(workers, [.. agents.Select(_ => $"[[rand:{Length}]] again")], RunLimitSeconds);

        Assert.Multiple([.. agents.Select((agent, i) => (Action)(() =>
        {
            RealAgentChecks.Text(agent, first[i]);
            second[i].AssertCompleted();
            Assert.Equal(Length, second[i].Output().Length);
            Assert.True(second[i].Output() == large, "The reply has the right length and another text.");
            Assert.InRange(second[i].OutputTokens(), 1, agent.OutputTokensMax);
            Assert.Equal(first[i].SessionId(), second[i].SessionId());
        }))]);
    }

    [Fact(Timeout = TestLimit)]
    public async Task Closing_a_worker_in_the_middle_of_a_tool_call_leaves_nothing()
    {
        LiveProcesses.NeedsProc();
        var agents = Needs.InstalledAgents();
        using var home = HomeOf(agents);
        await using var mcp = await ProductMcp.StartAsync(home);
        var workers = await SpawnAsync(mcp, agents.Select(agent => agent.WorkerType));
        string sleep = $"sleep 62.{Random.Shared.Next(1000, 9999)}";
        var sleeps = agents.Select((_, i) => $"{sleep}{i}").ToList();

        var running = mcp.BatchAsync(workers, [.. sleeps.Select(s => $"[[bash:timeout 90 {s}]] go")], RunLimitSeconds);
        // Each is closed once it runs its tool: some start much later than others, and codex waits for a command no longer than 10 s.
        var waiting = workers.Zip(sleeps, (id, command) => (Id: id, Command: command)).ToList();
        var closing = new List<Task<JsonNode>>();
        await LiveProcesses.UntilAsync(
            () =>
            {
                foreach (var worker in waiting.Where(worker => LiveProcesses.WithCommand(worker.Command).Any(IsTool)).ToList())
                {
                    waiting.Remove(worker);
                    closing.Add(mcp.CallAsync("worker_close", ("worker_id", worker.Id)));
                }

                return waiting.Count == 0 || running.IsCompleted;
            },
            TimeSpan.FromSeconds(80),
            "every agent runs its tool");
        var closed = await Task.WhenAll(closing);
        var results = await running;

        Assert.All(closed, answer => Assert.True(answer["success"]!.GetValue<bool>()));
        Assert.Multiple([.. results.Select(result => (Action)(() => RealAgentChecks.Cancelled(result)))]);
        Assert.Empty(LiveProcesses.WithCommand(sleep));
    }

    /// <summary>The tool's command and not the agent, whose prompt names it too.</summary>
    private static bool IsTool(string process) => !process.Contains("[[", StringComparison.Ordinal);

    private static async Task<IReadOnlyList<string>> SpawnAsync(ProductMcp mcp, IEnumerable<string> types)
    {
        var ids = new List<string>();
        foreach (string type in types)
        {
            ids.Add(await mcp.SpawnAsync(type));
        }

        return ids;
    }

    private ProductHome HomeOf(IEnumerable<RealAgent> agents)
    {
        var home = new ProductHome();
        home.WriteWorkerTypes([.. agents.SelectMany(agent => agent.Types(home, server.Url))]);
        return home;
    }
}
