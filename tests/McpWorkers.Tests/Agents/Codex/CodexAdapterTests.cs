using McpWorkers.Engine.Agents;
using McpWorkers.Engine.Agents.Codex;
using McpWorkers.Engine.Model;
using Xunit;

namespace McpWorkers.Tests.Agents.Codex;

public sealed class CodexAdapterTests
{
    private const string Started = """{"type":"thread.started","thread_id":"t1"}""";

    private readonly CodexAdapter _codex = new();

    [Theory]
    [InlineData(Permission.ReadOnly, "-s read-only")]
    [InlineData(Permission.Edit, "-s workspace-write")]
    [InlineData(Permission.Full, "--dangerously-bypass-approvals-and-sandbox")]
    public void Permission_is_a_sandbox(Permission permission, string flags)
    {
        var launch = _codex.Plan(AgentScenes.Request(permission));

        Assert.Equal($"exec --json --skip-git-repo-check {flags} -", AgentScenes.CheckedArguments(launch));
        Assert.Equal(StopSignal.Interrupt, launch.Stop.Steps[0].Signal);
    }

    [Fact]
    public void Flags_stand_before_the_session_that_is_resumed()
    {
        var launch = _codex.Plan(AgentScenes.Request() with { ResumeSession = "t1", Model = "gpt-x" });

        Assert.Equal(
            "exec --json --skip-git-repo-check -s workspace-write -m gpt-x resume t1 -", AgentScenes.CheckedArguments(launch));
    }

    [Fact]
    public void Words_of_the_worker_type_override_the_sandbox()
    {
        var request = AgentScenes.Request(Permission.Full);
        var launch = _codex.Plan(request with { Type = request.Type with { Command = ["codex", "exec", "--sandbox", "read-only"] } });

        Assert.Equal("exec --json --skip-git-repo-check --sandbox read-only -", AgentScenes.CheckedArguments(launch));
    }

    [Fact]
    public void Mcp_servers_are_toml_and_their_variables_go_by_name()
    {
        var launch = _codex.Plan(AgentScenes.Request(Permission.Edit, AgentScenes.Echo));

        AgentScenes.CheckedArguments(launch);
        string[] settings = [.. launch.Arguments.Where((_, i) => i > 0 && launch.Arguments[i - 1] == "-c")];
        Assert.Equal(
            [
                """mcp_servers.echo.command="/opt/echo server" """.TrimEnd(),
                """mcp_servers.echo.args=["--name", "a \"quoted\" \\ one"]""",
                """mcp_servers.echo.env_vars=["ECHO_KEY"]""",
                """mcp_servers.echo.default_tools_approval_mode="approve" """.TrimEnd(),
            ],
            settings);
        Assert.Equal("s3cret", launch.Environment["ECHO_KEY"]);
        Assert.Empty(launch.Warnings);
    }

    [Fact]
    public void Two_servers_that_want_one_variable_differently_are_warned_of()
    {
        var other = AgentScenes.Echo with { Name = "other", Environment = new Dictionary<string, string> { ["ECHO_KEY"] = "another" } };

        var launch = _codex.Plan(AgentScenes.Request(Permission.Edit, AgentScenes.Echo, other));

        Assert.Contains("'other'", Assert.Single(launch.Warnings), StringComparison.Ordinal);
        Assert.DoesNotContain("another", launch.Warnings[0].Replace("has another value", "", StringComparison.Ordinal), StringComparison.Ordinal);
    }

    [Fact]
    public void Toml_escapes_control_characters_and_keeps_pairs_whole() =>
        Assert.Equal("\"a\\u000A\\u007F😀\"", Toml.Text("a\n\u007f😀"));

    [Fact]
    public void Usage_of_a_resumed_thread_is_the_difference()
    {
        var before = new SessionTotals(new(1000, 100, 0, 40, 5, true), 0);
        var summary = AgentScenes.Feed(
            _codex,
            before,
            Started,
            """{"type":"item.completed","item":{"id":"i1","type":"agent_message","text":"done"}}""",
            """{"type":"turn.completed","usage":{"input_tokens":1500,"cached_input_tokens":300,"output_tokens":60,"reasoning_output_tokens":9}}""").Ended();

        Assert.IsType<AgentVerdict.Good>(summary.Verdict);
        Assert.Equal(new Usage(500, 200, 0, 20, 4, true), summary.Usage);
        Assert.Equal(1500, summary.SessionAfter.Usage.Input);
    }

    [Fact]
    public void Reconnecting_is_a_retry_and_no_failure()
    {
        List<AgentEvent> events = [];
        var reader = _codex.NewReader(SessionTotals.Zero);
        reader.Listener = events.Add;
        reader.Read("""{"type":"error","message":"Reconnecting... 1/2 (stream disconnected before completion: x)"}"""u8);
        reader.Read("""{"type":"error","message":"Reconnecting... waiting for network (Connection failed: y)"}"""u8);
        reader.Read("""{"type":"turn.completed","usage":{}}"""u8);

        Assert.Equal(
            [
                new AgentEvent.Retrying(1, 2, null, null, "stream disconnected before completion: x"),
                new AgentEvent.Retrying(0, null, null, null, "Connection failed: y"),
            ],
            events.OfType<AgentEvent.Retrying>());
        Assert.Null(reader.Activity.Hopeless);
        Assert.IsType<AgentVerdict.Good>(reader.Ended().Verdict);
    }

    [Theory]
    [InlineData("401 Unauthorized", FailureKind.Authentication)]
    [InlineData("404 Not Found", FailureKind.ModelNotFound)]
    public void Retrying_what_cannot_succeed_is_hopeless(string status, FailureKind kind)
    {
        var reader = AgentScenes.Feed(
            _codex, Started, $$"""{"type":"error","message":"Reconnecting... 1/5 (unexpected status {{status}}: no, url: u)"}""");

        Assert.Equal(kind, reader.Activity.Hopeless?.Kind);
        Assert.Equal(kind, reader.Ended(130, stopped: StopKind.Hopeless).Failure());
    }

    [Theory]
    [InlineData("unexpected status 401 Unauthorized: bad", FailureKind.Authentication)]
    [InlineData("exceeded retry limit, last status: 429 Too Many Requests", FailureKind.RateLimited)]
    [InlineData("unexpected status 503 Service Unavailable", FailureKind.ServiceUnavailable)]
    [InlineData("stream disconnected before completion: x", FailureKind.ServiceUnavailable)]
    [InlineData("something else", FailureKind.Error)]
    public void Failed_turn_says_its_kind(string message, FailureKind kind)
    {
        var reader = AgentScenes.Feed(_codex, Started, $$$"""{"type":"turn.failed","error":{"message":"{{{message}}}"}}""");

        Assert.Equal(kind, reader.Ended(1).Failure());
    }

    [Fact]
    public void Item_of_type_error_is_only_a_warning()
    {
        var reader = AgentScenes.Feed(
            _codex, Started, """{"type":"item.completed","item":{"id":"i","type":"error","message":"metadata"}}""", """{"type":"turn.completed"}""");

        var summary = reader.Ended();
        Assert.IsType<AgentVerdict.Good>(summary.Verdict);
        Assert.Equal(0, summary.Lines.Unrecognized);
    }

    [Fact]
    public void Refused_mcp_call_is_a_denial()
    {
        var reader = AgentScenes.Feed(
            _codex,
            """{"type":"item.started","item":{"id":"i1","type":"mcp_tool_call","server":"echo","tool":"say","arguments":{}}}""",
            """{"type":"item.completed","item":{"id":"i1","type":"mcp_tool_call","server":"echo","tool":"say","error":{"message":"MCP tool call requires approval, but approval policy is never"}}}""");

        Assert.Equal(["echo.say"], reader.Ended().Denials);
        Assert.False(reader.Activity.ToolCallOpen);
    }

    [Fact]
    public void Unknown_item_is_counted() => Assert.Equal(
        1, AgentScenes.Feed(_codex, """{"type":"item.completed","item":{"type":"dream"}}""").Ended().Lines.Unrecognized);
}
