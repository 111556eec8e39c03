using System.Text.Json.Nodes;
using McpWorkers.Engine.Model;
using McpWorkers.Engine.Workers;
using McpWorkers.Mcp;
using ModelContextProtocol.Protocol;
using Xunit;

namespace McpWorkers.Tests.Mcp.Requests;

/// <summary>The tools of the set <c>requests</c>.</summary>
public sealed class RequestToolsTests : IAsyncDisposable
{
    private const int TestLimit = 60_000;

    private readonly EchoServer _server = new();

    [Fact(Timeout = TestLimit)]
    public async Task A_question_is_listed_shown_and_answered_once()
    {
        string worker = await BeginAsync();
        var asked = await Asking.QuestionAsync(_server.Manager, worker, "Which one? " + new string('x', 3000), "one", "two");

        var listed = (await CallAsync("request_list", "{}")).JsonOf()["requests"]!.AsArray();
        var shown = (await CallAsync("request_show", $$"""{"request_id":"{{asked.RequestId}}"}""")).JsonOf();
        var answered = (await CallAsync("request_answer", $$"""{"request_id":"{{asked.RequestId}}","answer":"two","digest":"{{asked.Digest}}"}""")).JsonOf();
        var again = await CallAsync("request_answer", $$"""{"request_id":"{{asked.RequestId}}","answer":"one"}""");
        var pending = (await CallAsync("request_list", "{}")).JsonOf()["requests"]!.AsArray();
        var decided = (await CallAsync("request_list", $$"""{"state":"decided","kind":"question","worker_id":"{{worker}}"}""")).JsonOf()["requests"]!.AsArray();

        var brief = Assert.Single(listed)!;
        Assert.Equal((asked.RequestId, "question", "pending", worker), (brief.TextOf("request_id"), brief.TextOf("kind"), brief.TextOf("state"), brief.TextOf("worker_id")));
        Assert.Equal(3011, (int)brief["text_length"]!);
        Assert.Equal(2001, brief.TextOf("text").Length);
        Assert.Equal("""["text","tool","input","options"]""", brief["untrusted"]!.ToJsonString());
        Assert.Equal(3011, shown.TextOf("text").Length);
        Assert.Equal(("answered", "two", "http"), (answered.TextOf("state"), answered.TextOf("answer"), answered.TextOf("decided_by")));
        Assert.True(again.IsError);
        Assert.Contains("decided already: answered by http", again.TextOf(), StringComparison.Ordinal);
        Assert.Empty(pending);
        Assert.Single(decided);
    }

    [Theory(Timeout = TestLimit)]
    [InlineData("""{"decision":"allow"}""", "allowed", null)]
    [InlineData("""{"decision":"deny","answer":"not here"}""", "denied", "not here")]
    public async Task Leave_is_given_or_denied(string decision, string state, string? why)
    {
        var asked = await Asking.PermissionAsync(_server.Manager, await BeginAsync());
        var arguments = JsonNode.Parse(decision)!.AsObject();
        arguments["request_id"] = asked.RequestId;

        var decided = (await CallAsync("request_answer", arguments.ToJsonString())).JsonOf();

        Assert.Equal((state, why), (decided.TextOf("state"), (string?)decided["answer"]));
        Assert.Equal("""{"command":"make deploy"}""", decided.TextOf("input"));
    }

    [Theory(Timeout = TestLimit)]
    [InlineData("permission", """{"answer":"yes"}""", "allow or deny it")]
    [InlineData("permission", "{}", "give 'decision', allow or deny")]
    [InlineData("permission", """{"decision":"maybe"}""", "allowed are allow, deny")]
    [InlineData("permission", """{"decision":"allow","digest":"00"}""", "something else than what digest '00' stands for")]
    [InlineData("question", "{}", "is a question; give 'answer'")]
    [InlineData("question", """{"decision":"allow"}""", "is a question: answer it with a text")]
    [InlineData("question", """{"answer":" "}""", "is empty")]
    public async Task What_decides_nothing_is_refused_and_it_stays_pending(string kind, string said, string why)
    {
        string worker = await BeginAsync();
        var asked = kind == "question" ? await Asking.QuestionAsync(_server.Manager, worker) : await Asking.PermissionAsync(_server.Manager, worker);
        var arguments = JsonNode.Parse(said)!.AsObject();
        arguments["request_id"] = asked.RequestId;

        var refused = await CallAsync("request_answer", arguments.ToJsonString());

        Assert.True(refused.IsError);
        Assert.StartsWith("request_answer: ", refused.TextOf(), StringComparison.Ordinal);
        Assert.Contains(why, refused.TextOf(), StringComparison.Ordinal);
        Assert.True((await _server.Manager.Requests.FindAsync(asked.RequestId, TestContext.Current.CancellationToken)).IsPending);
    }

    [Theory(Timeout = TestLimit)]
    [InlineData("request_list", "{}")]
    [InlineData("request_show", """{"request_id":"ID"}""")]
    [InlineData("request_answer", """{"request_id":"ID","decision":"allow"}""")]
    public async Task An_agent_inside_a_run_is_refused(string tool, string arguments)
    {
        var asked = await Asking.PermissionAsync(_server.Manager, await BeginAsync());

        var refused = await CallAsync(
            tool, arguments.Replace("ID", asked.RequestId, StringComparison.Ordinal), new Caller { Kind = "mcp", ParentRun = asked.RunId });

        Assert.True(refused.IsError);
        Assert.Equal(RefusalCode.Forbidden, ToolAnswer.CodeOf(refused));
        Assert.True((await _server.Manager.Requests.FindAsync(asked.RequestId, TestContext.Current.CancellationToken)).IsPending);
    }

    [Fact(Timeout = TestLimit)]
    public async Task An_unknown_request_is_told_as_that()
    {
        var refused = await CallAsync("request_show", """{"request_id":"req_nobody"}""");

        Assert.Equal(RefusalCode.NotFound, ToolAnswer.CodeOf(refused));
        Assert.Contains("req_nobody", refused.TextOf(), StringComparison.Ordinal);
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    private async Task<string> BeginAsync()
    {
        string worker = await _server.SpawnAsync();
        await _server.Manager.SubmitAsync(worker, "!hold");
        return worker;
    }

    private Task<CallToolResult> CallAsync(string tool, string arguments, Caller? caller = null) =>
        new ToolCatalog(_server.Manager, _server.Log, TimeProvider.System)
            .CallAsync(tool, JsonNode.Parse(arguments)!.AsObject(), caller ?? new Caller { Kind = "http" }, TestContext.Current.CancellationToken);
}
