using McpWorkers.Engine.Agents;
using McpWorkers.Engine.Agents.Gemini;
using McpWorkers.Engine.Model;
using Xunit;

namespace McpWorkers.Tests.Agents.Gemini;

public sealed class GeminiAdapterTests
{
    private const string Good = """{"type":"result","status":"success","stats":{"input_tokens":10,"output_tokens":4,"cached":3}}""";

    private readonly GeminiAdapter _gemini = new();

    [Theory]
    [InlineData(Permission.ReadOnly, "default")]
    [InlineData(Permission.Edit, "auto_edit")]
    [InlineData(Permission.Full, "yolo")]
    public void Permission_is_an_approval_mode(Permission permission, string mode)
    {
        var launch = _gemini.Plan(AgentScenes.Request(permission));

        Assert.Equal(
            $"-o stream-json --approval-mode {mode} --session-id 11111111-2222-3333-4444-555555555555", AgentScenes.CheckedArguments(launch));
        Assert.Equal("true", launch.Environment["GEMINI_CLI_NO_RELAUNCH"]);
        Assert.Equal("true", launch.Environment["GEMINI_CLI_TRUST_WORKSPACE"]);
        Assert.Equal(StopPlan.TerminateOnly, launch.Stop);
        Assert.Equal("/data/run_1/gemini-defaults.json", launch.Environment["GEMINI_CLI_SYSTEM_DEFAULTS_PATH"]);
        Assert.Equal("""{"general":{"maxAttempts":4}}""", AgentScenes.Content(launch, "gemini-defaults.json"));
        Assert.Single(launch.Files);
    }

    [Fact]
    public void Session_and_model_are_handed_on()
    {
        var launch = _gemini.Plan(AgentScenes.Request(Permission.Full) with { ResumeSession = "abc", Model = "gemini-x" });

        Assert.Equal("-o stream-json --approval-mode yolo -m gemini-x --resume abc", AgentScenes.CheckedArguments(launch));
    }

    [Fact]
    public void Words_of_the_worker_type_override_flags()
    {
        var request = AgentScenes.Request(Permission.Full);
        var launch = _gemini.Plan(request with { Type = request.Type with { Command = ["gemini", "--approval-mode", "plan", "--debug"] } });

        Assert.Equal(
            "--debug -o stream-json --approval-mode plan --session-id 11111111-2222-3333-4444-555555555555",
            AgentScenes.CheckedArguments(launch));
    }

    [Fact]
    public void Mcp_servers_stand_in_a_settings_file_of_the_run()
    {
        var launch = _gemini.Plan(AgentScenes.Request(Permission.Edit, AgentScenes.Echo));

        AgentScenes.CheckedArguments(launch);
        Assert.Equal("/data/run_1/gemini-settings.json", launch.Environment["GEMINI_CLI_SYSTEM_SETTINGS_PATH"]);
        var json = System.Text.Json.Nodes.JsonNode.Parse(AgentScenes.Content(launch, "gemini-settings.json"))!;
        var echo = json["mcpServers"]!["echo"]!;
        Assert.Equal("/opt/echo server", (string?)echo["command"]);
        Assert.Equal("a \"quoted\" \\ one", (string?)echo["args"]![1]);
        Assert.Equal("s3cret", (string?)echo["env"]!["ECHO_KEY"]);
        Assert.True((bool)echo["trust"]!);
    }

    [Fact]
    public void Answer_is_the_deltas_since_the_last_tool_call()
    {
        var summary = AgentScenes.Feed(
            _gemini,
            """{"session_id":"s1","type":"init","model":"auto"}""",
            """{"type":"message","role":"user","content":"never the answer"}""",
            """{"type":"message","role":"assistant","content":"I will look.","delta":true}""",
            """{"type":"tool_use","tool_name":"ls","tool_id":"t1","parameters":{}}""",
            """{"type":"tool_result","tool_id":"t1","status":"success","output":"a"}""",
            """{"type":"message","role":"assistant","content":"It is ","delta":true}""",
            """{"type":"message","role":"assistant","content":"a.","delta":true}""",
            Good).Ended();

        Assert.IsType<AgentVerdict.Good>(summary.Verdict);
        Assert.Equal("It is a.", summary.Text);
        Assert.Equal(new Usage(10, 3, 0, 4, 0, InputIncludesCached: true), summary.Usage);
        Assert.Equal((2, 1, "s1", "auto"), (summary.Turns, summary.ToolCalls, summary.SessionId, summary.Model));
    }

    [Fact]
    public void Error_event_spoils_a_good_result()
    {
        var reader = AgentScenes.Feed(
            _gemini, """{"type":"error","severity":"error","message":"Model stream ended without a finish reason."}""", Good);

        Assert.Equal(FailureKind.ServiceUnavailable, reader.Ended().Failure());
    }

    [Fact]
    public void Warning_does_not_spoil_a_good_result()
    {
        var reader = AgentScenes.Feed(_gemini, """{"type":"error","severity":"warning","message":"Loop detected"}""", Good);

        Assert.IsType<AgentVerdict.Good>(reader.Ended().Verdict);
    }

    [Theory]
    [InlineData(41, FailureKind.Authentication)]
    [InlineData(42, FailureKind.Startup)]
    [InlineData(53, FailureKind.TurnLimit)]
    [InlineData(55, FailureKind.Startup)]
    [InlineData(144, FailureKind.InvalidRequest)]
    [InlineData(145, FailureKind.Authentication)]
    [InlineData(173, FailureKind.RateLimited)]
    public void Exit_code_without_a_result_says_the_kind(int code, FailureKind kind) =>
        Assert.Equal(kind, AgentScenes.Feed(_gemini).Ended(code).Failure());

    [Fact]
    public void Good_result_and_a_bad_exit_code_is_a_failure() =>
        Assert.Equal(FailureKind.Error, AgentScenes.Feed(_gemini, Good).Ended(1).Failure());

    [Fact]
    public void Run_that_was_stopped_after_its_good_result_stays_good() =>
        Assert.IsType<AgentVerdict.Good>(AgentScenes.Feed(_gemini, Good).Ended(143, stopped: StopKind.AfterResult).Verdict);

    [Fact]
    public void Rate_limit_is_read_from_standard_error()
    {
        var summary = AgentScenes.Feed(_gemini).Ended(137, "Attempt 3 failed with status 429. Retrying with backoff...");

        Assert.Equal(FailureKind.Killed, summary.Failure());
        Assert.NotNull(summary.RateLimit);
    }

    [Fact]
    public void Ignored_mcp_servers_are_told()
    {
        var summary = AgentScenes.Feed(_gemini, Good)
            .Ended(stderr: "Security Warning: Skipping system settings file '/d/gemini-settings.json': insecure");

        Assert.Contains("MCP servers", Assert.Single(summary.Warnings), StringComparison.Ordinal);
    }

    [Fact]
    public void Text_of_a_run_without_a_result_is_kept()
    {
        var summary = AgentScenes.Feed(_gemini, """{"type":"message","role":"assistant","content":"half","delta":true}""").Ended();

        Assert.IsType<AgentVerdict.NoResult>(summary.Verdict);
        Assert.Equal("half", summary.Text);
    }

    [Fact]
    public void Unknown_type_is_counted() =>
        Assert.Equal(1, AgentScenes.Feed(_gemini, """{"type":"thought","x":1}""").Ended().Lines.Unrecognized);
}
