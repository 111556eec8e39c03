using System.Text;
using System.Text.Json.Nodes;
using McpWorkers.Engine.Agents;
using McpWorkers.Engine.Agents.Copilot;
using McpWorkers.Engine.Model;
using Xunit;

namespace McpWorkers.Tests.Agents.Copilot;

public sealed class CopilotAdapterTests
{
    private const string Tail =
        "--no-auto-update --disable-builtin-mcps --no-ask-user --no-color --usage-output-file /data/run_1/copilot-usage.json";

    private const string Id = "11111111-2222-3333-4444-555555555555";

    private readonly CopilotAdapter _copilot = new();

    [Theory]
    [InlineData(Permission.ReadOnly, "")]
    [InlineData(Permission.Edit, "--allow-tool write ")]
    [InlineData(Permission.Full, "--allow-all-tools --allow-all-paths --allow-all-urls ")]
    public void Permission_is_what_is_allowed(Permission permission, string flags)
    {
        var launch = _copilot.Plan(AgentScenes.Request(permission));

        Assert.Equal($"--output-format json {flags}{Tail} --session-id {Id}", AgentScenes.CheckedArguments(launch));
        Assert.Equal(["copilot-usage.json"], launch.ReadBack);
        Assert.Equal(StopPlan.TerminateOnly, launch.Stop);
    }

    [Fact]
    public void Session_and_model_are_handed_on()
    {
        var launch = _copilot.Plan(AgentScenes.Request(Permission.ReadOnly) with { ResumeSession = "s1", Model = "gpt-x" });

        Assert.Equal($"--output-format json {Tail} --model gpt-x --resume=s1", AgentScenes.CheckedArguments(launch));
    }

    [Fact]
    public void Mcp_servers_stand_in_a_file_and_are_allowed()
    {
        var launch = _copilot.Plan(AgentScenes.Request(Permission.ReadOnly, AgentScenes.Echo));

        Assert.Equal(
            $"--output-format json --allow-tool echo {Tail} --additional-mcp-config @/data/run_1/copilot-mcp.json --session-id {Id}",
            AgentScenes.CheckedArguments(launch));
        var echo = JsonNode.Parse(AgentScenes.Content(launch, "copilot-mcp.json"))!["mcpServers"]!["echo"]!;
        Assert.Equal(("local", "s3cret", "*"), ((string?)echo["type"], (string?)echo["env"]!["ECHO_KEY"], (string?)echo["tools"]![0]));
    }

    [Theory]
    [InlineData("/p/node_modules/.bin/copilot", "/p/node_modules/@github/{0}/{1}")]
    [InlineData("/p/node_modules/@github/copilot/npm-loader.js", "/p/node_modules/@github/{0}/{1}")]
    [InlineData("/usr/local/bin/copilot", "/usr/local/lib/node_modules/@github/copilot/node_modules/@github/{0}/{1}")]
    [InlineData("/usr/local/lib/node_modules/@github/copilot/npm-loader.js", "/usr/local/lib/node_modules/@github/copilot/node_modules/@github/{0}/{1}")]
    public void Native_program_beside_the_loader_is_run(string loader, string native)
    {
        var (package, file) = Platform();
        string expected = Path.GetFullPath(string.Format(System.Globalization.CultureInfo.InvariantCulture, native, package, file));

        var launch = _copilot.Plan(AgentScenes.Request() with { Executable = loader, FileExists = path => path == expected });

        Assert.Equal(expected, launch.Executable);
    }

    [Fact]
    public void Loader_is_run_where_there_is_no_native_program() =>
        Assert.Equal("/opt/bin/agent", _copilot.Plan(AgentScenes.Request()).Executable);

    [Fact]
    public void Answer_is_the_last_message_with_text()
    {
        var summary = AgentScenes.Feed(
            _copilot,
            """{"type":"assistant.message","data":{"content":"the answer","model":"m"}}""",
            """{"type":"assistant.message","data":{"content":"","model":"m"}}""",
            Result(0)).Ended();

        Assert.IsType<AgentVerdict.Good>(summary.Verdict);
        Assert.Equal(("the answer", "m", "s1"), (summary.Text, summary.Model, summary.SessionId));
    }

    [Fact]
    public void Usage_comes_from_the_file_and_is_the_difference_over_the_session()
    {
        var before = new SessionTotals(new(100, 10, 0, 5, 1, true), 0);
        var summary = AgentScenes.Feed(_copilot, before, Result(0)).Conclude(new AgentEnding
        {
            ExitCode = 0,
            Files = new Dictionary<string, ReadOnlyMemory<byte>>
            {
                ["copilot-usage.json"] = Encoding.UTF8.GetBytes(
                    """
                    { "modelMetrics": {
                        "a": { "usage": { "inputTokens": 150, "outputTokens": 10, "cacheReadTokens": 20, "cacheWriteTokens": 1, "reasoningTokens": 2 } },
                        "b": { "usage": { "inputTokens": 50, "outputTokens": 5 } } } }
                    """),
            },
        });

        Assert.Equal(new Usage(100, 10, 1, 10, 1, true), summary.Usage);
        Assert.Equal(200, summary.SessionAfter.Usage.Input);
    }

    [Fact]
    public void Refused_key_is_hopeless_at_the_first_try()
    {
        var reader = AgentScenes.Feed(_copilot, """{"type":"model.call_failure","data":{"statusCode":401,"errorMessage":"no key"}}""");

        Assert.Equal(FailureKind.Authentication, reader.Activity.Hopeless?.Kind);
    }

    [Fact]
    public void Rate_limit_is_told_and_retried()
    {
        var summary = AgentScenes.Feed(
            _copilot,
            """{"type":"model.call_failure","data":{"statusCode":429,"retryAttempt":0,"errorMessage":"slow down"}}""",
            """{"type":"assistant.turn_retry","data":{"reason":"rate_limit"}}""",
            """{"type":"session.error","data":{"errorType":"rate_limit","message":"retried 5 times","statusCode":429}}""",
            Result(1)).Ended(1);

        Assert.Equal(FailureKind.RateLimited, summary.Failure());
        Assert.Equal("slow down", summary.RateLimit?.Message);
        Assert.Equal(1, summary.Retries);
    }

    [Fact]
    public void Denied_tool_is_counted_by_name()
    {
        var summary = AgentScenes.Feed(
            _copilot,
            """{"type":"tool.execution_start","data":{"toolCallId":"c","toolName":"bash","arguments":{}}}""",
            """{"type":"tool.execution_complete","data":{"toolCallId":"c","success":false,"error":{"code":"denied","message":"no"}}}""",
            Result(0)).Ended();

        Assert.IsType<AgentVerdict.Good>(summary.Verdict);
        Assert.Equal(["bash"], summary.Denials);
    }

    [Fact]
    public void Interrupted_run_is_no_success_and_keeps_what_was_said()
    {
        var summary = AgentScenes.Feed(
            _copilot,
            """{"type":"assistant.message_delta","data":{"deltaContent":"half of "}}""",
            """{"type":"assistant.message_delta","data":{"deltaContent":"it"}}""",
            """{"type":"abort","data":{"reason":"user_abort"}}""",
            Result(0)).Ended();

        Assert.IsType<AgentVerdict.NoResult>(summary.Verdict);
        Assert.Equal("half of it", summary.Text);
    }

    [Fact]
    public void Missing_login_is_an_authentication_failure() => Assert.Equal(
        FailureKind.Authentication, AgentScenes.Feed(_copilot).Ended(1, "Error: No authentication information found.").Failure());

    [Fact]
    public void Known_noise_is_not_counted_and_unknown_types_are()
    {
        var summary = AgentScenes.Feed(_copilot, """{"type":"session.tools_updated"}""", """{"type":"session.dreams"}""").Ended();

        Assert.Equal(1, summary.Lines.Unrecognized);
    }

    private static string Result(int code) => $$"""{"type":"result","sessionId":"s1","exitCode":{{code}}}""";

    private static (string Package, string File) Platform()
    {
        string system = OperatingSystem.IsWindows() ? "win32" : OperatingSystem.IsMacOS() ? "darwin" : "linux";
        string architecture =
            System.Runtime.InteropServices.RuntimeInformation.OSArchitecture == System.Runtime.InteropServices.Architecture.Arm64 ? "arm64" : "x64";
        return ($"copilot-{system}-{architecture}", OperatingSystem.IsWindows() ? "copilot.exe" : "copilot");
    }
}
