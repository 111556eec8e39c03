using McpWorkers.Engine.Model;
using McpWorkers.Engine.Workers;
using Xunit;

namespace McpWorkers.Tests.Workers;

public sealed class AgentEnvironmentTests
{
    private static readonly Dictionary<string, string> Inherited = new()
    {
        ["PATH"] = "/usr/bin",
        ["ANTHROPIC_API_KEY"] = "a",
        ["OPENAI_API_KEY"] = "b",
        ["CLAUDECODE"] = "1",
        ["CODEX_SANDBOX_NETWORK"] = "1",
        ["MCPWORKERS_RUN"] = "x/y",
    };

    [Fact]
    public void An_agent_gets_no_other_agents_key_no_mark_of_nesting_and_nothing_of_ours()
    {
        var type = new WorkerType { Name = "t", Agent = "claude", Environment = new Dictionary<string, string> { ["EXTRA"] = "type" } };

        var environment = For(type);

        Assert.Equal(
            ["ADDED", "ANTHROPIC_API_KEY", "EXTRA", "PATH"],
            environment.Keys.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void A_type_may_ask_for_a_key_by_name_and_its_own_variables_win()
    {
        var type = new WorkerType
        {
            Name = "t",
            Agent = "claude",
            PassEnvironment = ["OPENAI_API_KEY"],
            Environment = new Dictionary<string, string> { ["ADDED"] = "type" },
        };

        var environment = For(type);

        Assert.Equal("b", environment["OPENAI_API_KEY"]);
        Assert.Equal("type", environment["ADDED"]);
    }

    private static IReadOnlyDictionary<string, string> For(WorkerType type) => AgentEnvironment.For(
        type, Inherited, ["CLAUDECODE", "CODEX_SANDBOX*"], ["ANTHROPIC_API_KEY", "OPENAI_API_KEY"], ["ANTHROPIC_API_KEY"],
        new Dictionary<string, string> { ["ADDED"] = "adapter" });
}
