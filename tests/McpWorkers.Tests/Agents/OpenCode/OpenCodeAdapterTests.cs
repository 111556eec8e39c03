using System.Text.Json.Nodes;
using McpWorkers.Engine.Agents;
using McpWorkers.Engine.Agents.OpenCode;
using McpWorkers.Engine.Model;
using Xunit;

namespace McpWorkers.Tests.Agents.OpenCode;

public sealed class OpenCodeAdapterTests
{
    private readonly OpenCodeAdapter _opencode = new();

    [Theory]
    [InlineData(Permission.ReadOnly, "run --format json", "deny", "deny")]
    [InlineData(Permission.Edit, "run --format json", "allow", "deny")]
    [InlineData(Permission.Full, "run --format json --auto", "allow", "allow")]
    public void Permission_is_a_set_of_rules(Permission permission, string arguments, string edit, string bash)
    {
        var launch = _opencode.Plan(AgentScenes.Request(permission));

        Assert.Equal(arguments, AgentScenes.CheckedArguments(launch));
        var rules = JsonNode.Parse(launch.Environment["OPENCODE_PERMISSION"])!;
        Assert.Equal((edit, bash), ((string?)rules["edit"], (string?)rules["bash"]));
        Assert.Equal("1", launch.Environment["OPENCODE_DISABLE_AUTOUPDATE"]);
        Assert.Equal("1", launch.Environment["OPENCODE_DISABLE_MODELS_FETCH"]);
    }

    [Fact]
    public void Session_and_model_are_handed_on()
    {
        var launch = _opencode.Plan(AgentScenes.Request() with { ResumeSession = "ses_1", Model = "a/b" });

        Assert.Equal("run --format json -m a/b -s ses_1", AgentScenes.CheckedArguments(launch));
    }

    [Fact]
    public void Mcp_servers_stand_in_a_file_of_the_run_and_leave_other_configuration_alone()
    {
        var request = AgentScenes.Request(Permission.Edit, AgentScenes.Echo);
        var launch = _opencode.Plan(request with { Type = TypeWith(request, ("OPENCODE_CONFIG_CONTENT", "{}")) });

        Assert.Equal("/data/run_1/opencode.json", launch.Environment["OPENCODE_CONFIG"]);
        Assert.False(launch.Environment.ContainsKey("OPENCODE_CONFIG_CONTENT"));
        var echo = JsonNode.Parse(AgentScenes.Content(launch, "opencode.json"))!["mcp"]!["echo"]!;
        Assert.Equal(["/opt/echo server", "--name", "a \"quoted\" \\ one"], echo["command"]!.AsArray().Select(word => (string)word!));
        Assert.Equal("s3cret", (string?)echo["environment"]!["ECHO_KEY"]);
    }

    [Fact]
    public void Worker_type_with_a_configuration_file_gets_mcp_servers_another_way()
    {
        var request = AgentScenes.Request(Permission.Edit, AgentScenes.Echo);
        var launch = _opencode.Plan(request with { Type = TypeWith(request, ("OPENCODE_CONFIG", "/etc/oc.json")) });

        Assert.False(launch.Environment.ContainsKey("OPENCODE_CONFIG"));
        Assert.NotNull(JsonNode.Parse(launch.Environment["OPENCODE_CONFIG_CONTENT"])!["mcp"]!["echo"]);
    }

    [Fact]
    public void Worker_type_that_takes_both_ways_is_told_that_servers_are_left_out()
    {
        var request = AgentScenes.Request(Permission.Edit, AgentScenes.Echo);
        var type = TypeWith(request, ("OPENCODE_CONFIG", "/etc/oc.json"), ("OPENCODE_CONFIG_CONTENT", "{}"));

        Assert.Single(_opencode.Plan(request with { Type = type }).Warnings);
    }

    [Fact]
    public void Usage_and_cost_are_the_sum_of_the_steps()
    {
        var summary = AgentScenes.Feed(
            _opencode, Start, Finish("tool-calls"), Start, """{"type":"text","sessionID":"s","part":{"text":"done"}}""", Finish("stop")).Ended();

        Assert.IsType<AgentVerdict.Good>(summary.Verdict);
        Assert.Equal(new Usage(20, 4, 2, 6, 2), summary.Usage);
        Assert.Equal(0.5m, summary.CostUsd);
        Assert.Equal(("done", "s", 2), (summary.Text, summary.SessionId, summary.Turns));
    }

    [Fact]
    public void Rejected_call_at_the_end_is_a_failure_and_a_denial()
    {
        var summary = AgentScenes.Feed(
            _opencode,
            Start,
            """{"type":"tool_use","sessionID":"s","part":{"tool":"bash","callID":"c","state":{"status":"error","input":{},"error":"The user rejected permission to use this specific tool call."}}}""",
            Finish("tool-calls")).Ended();

        Assert.Equal(FailureKind.Error, summary.Failure());
        Assert.Equal(["bash"], summary.Denials);
    }

    [Fact]
    public void Denial_that_the_model_could_work_around_is_no_failure()
    {
        var summary = AgentScenes.Feed(
            _opencode,
            Start,
            """{"type":"tool_use","sessionID":"s","part":{"tool":"write","callID":"c","state":{"status":"error","input":{},"error":"The user has specified a rule which prevents you from using this specific tool call. []"}}}""",
            Finish("tool-calls"),
            Start,
            Finish("stop")).Ended();

        Assert.IsType<AgentVerdict.Good>(summary.Verdict);
        Assert.Equal(["write"], summary.Denials);
    }

    [Theory]
    [InlineData("length")]
    [InlineData("unknown")]
    public void Step_that_did_not_stop_is_no_result(string reason) =>
        Assert.IsType<AgentVerdict.NoResult>(AgentScenes.Feed(_opencode, Start, Finish(reason)).Ended().Verdict);

    [Fact]
    public void Step_that_did_not_finish_is_no_result() =>
        Assert.IsType<AgentVerdict.NoResult>(AgentScenes.Feed(_opencode, Start, Finish("stop"), Start).Ended().Verdict);

    [Theory]
    [InlineData(401, FailureKind.Authentication)]
    [InlineData(403, FailureKind.Authentication)]
    [InlineData(404, FailureKind.ModelNotFound)]
    [InlineData(429, FailureKind.RateLimited)]
    [InlineData(400, FailureKind.InvalidRequest)]
    [InlineData(500, FailureKind.ServiceUnavailable)]
    public void Error_says_its_kind_by_status(int status, FailureKind kind)
    {
        var reader = AgentScenes.Feed(
            _opencode,
            $$"""{"type":"error","sessionID":"s","error":{"name":"APIError","data":{"statusCode":{{status}},"message":"no"} } }""");

        Assert.Equal(kind, reader.Ended(1).Failure());
    }

    [Fact]
    public void Endless_steps_without_a_reason_are_hopeless()
    {
        var reader = AgentScenes.Feed(_opencode, [.. Enumerable.Repeat(new[] { Start, Finish("unknown") }, 99).SelectMany(two => two)]);
        Assert.Null(reader.Activity.Hopeless);

        reader.Read(System.Text.Encoding.UTF8.GetBytes(Finish("unknown")));

        Assert.NotNull(reader.Activity.Hopeless);
        Assert.Equal(FailureKind.ServiceUnavailable, reader.Ended(130, stopped: StopKind.Hopeless).Failure());
    }

    private static string Start => """{"type":"step_start","sessionID":"s","part":{}}""";

    private static string Finish(string reason) =>
        $$$"""{"part":{"tokens":{"input":10,"output":3,"reasoning":1,"cache":{"write":1,"read":2}},"cost":0.25,"reason":"{{{reason}}}"},"sessionID":"s","type":"step_finish"}""";

    private static WorkerType TypeWith(AgentRequest request, params (string Name, string Value)[] variables) =>
        request.Type with { Environment = variables.ToDictionary(one => one.Name, one => one.Value) };
}
