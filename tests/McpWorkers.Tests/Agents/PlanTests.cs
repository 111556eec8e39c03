using System.Text;
using McpWorkers.Engine.Agents;
using McpWorkers.Engine.Model;
using Xunit;

namespace McpWorkers.Tests.Agents;

public sealed class PlanTests
{
    private const string Session = "00000000-0000-0000-0000-000000000007";
    private const string Prompt = "-- do it\nwith care";

    private static readonly McpServerSpec Server = new(
        "echo", "/bin/echo-server", ["--x"], new Dictionary<string, string> { ["TOKEN"] = "s3cret" });

    [Theory]
    [InlineData("claude", Permission.ReadOnly, "", "-p --output-format stream-json --verbose --session-id SID --permission-mode dontAsk --disallowedTools Edit,Write,NotebookEdit")]
    [InlineData("claude", Permission.Edit, "", "-p --output-format stream-json --verbose --session-id SID --permission-mode acceptEdits")]
    [InlineData("claude", Permission.Full, "", "-p --output-format stream-json --verbose --session-id SID --permission-mode bypassPermissions")]
    [InlineData("claude", Permission.Edit, "resume", "-p --output-format stream-json --verbose --resume old --permission-mode acceptEdits")]
    [InlineData("claude", Permission.Edit, "model", "-p --output-format stream-json --verbose --session-id SID --model big --permission-mode acceptEdits")]
    [InlineData("claude", Permission.Edit, "mcp", "-p --output-format stream-json --verbose --session-id SID --permission-mode acceptEdits --mcp-config /run/x/mcp.json --strict-mcp-config --allowedTools mcp__echo")]
    [InlineData("claude", Permission.Ask, "own", "-p --output-format stream-json --verbose --session-id SID --permission-mode default --permission-prompt-tool mcp__mcpworkers__permission_prompt --disallowedTools AskUserQuestion --mcp-config /run/x/mcp.json --strict-mcp-config --allowedTools mcp__mcpworkers")]
    [InlineData("claude", Permission.Full, "live budget", "-p --output-format stream-json --verbose --session-id SID --include-partial-messages --max-budget-usd 1.5 --permission-mode bypassPermissions")]
    [InlineData("qwen", Permission.ReadOnly, "", "--output-format stream-json --approval-mode default --session-id SID")]
    [InlineData("qwen", Permission.Edit, "", "--output-format stream-json --approval-mode auto-edit --session-id SID")]
    [InlineData("qwen", Permission.Full, "", "--output-format stream-json --approval-mode yolo --session-id SID")]
    [InlineData("qwen", Permission.Full, "resume model mcp", "--output-format stream-json --approval-mode yolo --resume old --model big --mcp-config /run/x/mcp.json")]
    [InlineData("simulated", Permission.Edit, "", "simulated-agent --session-id SID --permission-mode acceptEdits")]
    [InlineData("simulated", Permission.Full, "resume model", "simulated-agent --resume old --permission-mode bypassPermissions --model big")]
    [InlineData("stream-json", Permission.Edit, "", "")]
    [InlineData("command", Permission.Edit, "", "")]
    public void A_request_becomes_this_command_line(string agent, Permission permission, string with, string expected)
    {
        var launch = AgentCatalog.Default()[agent].Plan(Request(agent, permission, with));

        Assert.Equal("/bin/agent", launch.Executable);
        Assert.Equal(expected.Replace("SID", Session, StringComparison.Ordinal), string.Join(' ', launch.Arguments));
        Assert.Equal(Prompt, Encoding.UTF8.GetString(launch.Stdin.Span));
    }

    [Theory]
    [InlineData("claude")]
    [InlineData("qwen")]
    public void A_servers_secrets_stand_in_a_file_and_never_in_the_arguments(string agent)
    {
        var launch = AgentCatalog.Default()[agent].Plan(Request(agent, Permission.Full, "mcp"));

        Assert.DoesNotContain(launch.Arguments, argument => argument.Contains("s3cret", StringComparison.Ordinal));
        Assert.Contains("s3cret", Encoding.UTF8.GetString(Assert.Single(launch.Files).Content.Span), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(Permission.Full, true, true)]
    [InlineData(Permission.Full, false, false)]
    [InlineData(Permission.Edit, true, false)]
    public void Claude_is_told_of_a_sandbox_only_where_the_superuser_bypasses_permissions(Permission permission, bool isRoot, bool expected)
    {
        var launch = AgentCatalog.Default()["claude"].Plan(Request("claude", permission, "") with { IsRoot = isRoot });

        Assert.Equal(expected, launch.Environment.ContainsKey("IS_SANDBOX"));
    }

    [Theory]
    [InlineData("claude")]
    [InlineData("qwen")]
    [InlineData("gemini")]
    [InlineData("codex")]
    [InlineData("opencode")]
    public void The_runs_own_server_may_take_as_long_as_the_agent_says(string agent)
    {
        var adapter = AgentCatalog.Default()[agent];
        long seconds = (long)adapter.Capabilities.ToolTimeLimit!.Value.TotalSeconds;

        string own = Everything(adapter.Plan(Request(agent, Permission.Full, "own")));
        string others = Everything(adapter.Plan(Request(agent, Permission.Full, "mcp")));

        Assert.Contains(agent == "codex" ? $"tool_timeout_sec={seconds}" : $"\"timeout\":{seconds * 1000}", own, StringComparison.Ordinal);
        Assert.DoesNotContain("timeout", others, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public void Only_claude_and_qwen_ask_and_nobody_else_gets_all_permissions_instead()
    {
        var all = AgentCatalog.Default().All;

        Assert.Equal(
            [("claude", AskBy.Tool), ("qwen", AskBy.ControlProtocol)],
            all.Where(agent => agent.Capabilities.Asks != AskBy.Nothing).Select(agent => (agent.Name, agent.Capabilities.Asks)));
        Assert.All(all, agent => Assert.Equal(agent.Capabilities.Asks != AskBy.Nothing, agent.Capabilities.AskTimeLimit is not null));
        Assert.All(all, agent => Assert.Equal(agent.Capabilities.Asks == AskBy.ControlProtocol, agent.Control is not null));
        foreach (var agent in all.Where(agent => agent.Capabilities.Asks == AskBy.Nothing))
        {
            Assert.Equal(
                Everything(agent.Plan(Request(agent.Name, Permission.Edit, ""))), Everything(agent.Plan(Request(agent.Name, Permission.Ask, ""))));
        }
    }

    [Theory]
    [InlineData("claude", UsageReporting.Live)]
    [InlineData("qwen", UsageReporting.Live)]
    [InlineData("opencode", UsageReporting.Live)]
    [InlineData("codex", UsageReporting.AtEnd)]
    [InlineData("gemini", UsageReporting.AtEnd)]
    [InlineData("copilot", UsageReporting.AtEnd)]
    [InlineData("grok", UsageReporting.None)]
    [InlineData("command", UsageReporting.None)]
    public void Each_agent_says_when_its_tokens_are_known(string agent, UsageReporting expected) =>
        Assert.Equal(expected, AgentCatalog.Default()[agent].Capabilities.Usage);

    [Fact]
    public void A_busy_machine_may_take_its_time_to_start_the_server_that_claude_asks_by()
    {
        var claude = AgentCatalog.Default()["claude"];

        Assert.Equal("120000", claude.Plan(Request("claude", Permission.Ask, "own")).Environment["MCP_TIMEOUT"]);
        Assert.DoesNotContain("MCP_TIMEOUT", claude.Plan(Request("claude", Permission.Full, "own")).Environment.Keys);
    }

    [Fact]
    public void A_types_words_override_the_adapters_flags()
    {
        var request = Request("claude", Permission.Full, "");
        var type = request.Type with { Command = ["claude", "--output-format", "stream-json", "--permission-mode", "acceptEdits"] };
        var launch = AgentCatalog.Default()["claude"].Plan(request with { Type = type, IsRoot = true });

        Assert.DoesNotContain("bypassPermissions", launch.Arguments);
        Assert.DoesNotContain("IS_SANDBOX", launch.Environment.Keys);
        Assert.Single(launch.Arguments, "--permission-mode");
    }

    [Fact]
    public void A_generic_commands_prompt_can_be_its_last_argument()
    {
        var request = Request("command", Permission.Edit, "");
        var type = request.Type with { Command = ["sh", "-c", "cat"], PromptBy = PromptBy.Argument };
        var launch = AgentCatalog.Default()["command"].Plan(request with { Type = type });

        Assert.Equal(["-c", "cat", Prompt], launch.Arguments);
        Assert.True(launch.Stdin.IsEmpty);
    }

    [Fact]
    public void A_prompt_that_fits_no_argument_is_refused()
    {
        var request = Request("grok", Permission.Full, "") with { Prompt = new string('x', 200_000) };

        var refused = Assert.Throws<RefusedException>(() => AgentCatalog.Default()["grok"].Plan(request));
        Assert.Contains("131071", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_unknown_agent_is_refused_by_name() =>
        Assert.Contains("claude", Assert.Throws<RefusedException>(() => AgentCatalog.Default()["clod"]).Message, StringComparison.Ordinal);

    /// <summary>All that a launch says to its agent.</summary>
    private static string Everything(AgentLaunch launch) => string.Join(
        '\n',
        [
            .. launch.Arguments,
            .. launch.Environment.Select(variable => $"{variable.Key}={variable.Value}"),
            .. launch.Files.Select(file => Encoding.UTF8.GetString(file.Content.Span)),
            Encoding.UTF8.GetString(launch.Stdin.Span),
        ]);

    private static AgentRequest Request(string agent, Permission permission, string with) => new()
    {
        Type = new() { Name = "terminal-" + agent, Agent = agent, Command = [] },
        Prompt = Prompt,
        ResumeSession = with.Contains("resume", StringComparison.Ordinal) ? "old" : null,
        NewSession = Guid.Parse(Session),
        Model = with.Contains("model", StringComparison.Ordinal) ? "big" : null,
        Permission = permission,
        McpServers = with.Contains("own", StringComparison.Ordinal) ? [Server with { Name = AgentRequest.OwnServer }]
            : with.Contains("mcp", StringComparison.Ordinal) ? [Server]
            : [],
        LiveUsage = with.Contains("live", StringComparison.Ordinal),
        BudgetUsd = with.Contains("budget", StringComparison.Ordinal) ? 1.50m : null,
        Executable = "/bin/agent",
        RunDirectory = "/run/x",
        WorkingDirectory = "/tmp",
        Timeout = TimeSpan.FromSeconds(60),
    };
}
