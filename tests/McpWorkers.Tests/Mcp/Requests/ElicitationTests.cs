using System.Text.Json;
using System.Text.Json.Nodes;
using McpWorkers.Engine.Model;
using McpWorkers.Engine.Requests;
using McpWorkers.Engine.Workers;
using ModelContextProtocol.Client;
using ModelContextProtocol.Protocol;
using Xunit;

namespace McpWorkers.Tests.Mcp.Requests;

/// <summary>A client whose own call waits for a run that asks is asked itself, in either era; and never begins a second run by its answer.</summary>
public sealed class ElicitationTests
{
    private const int TestLimit = 60_000;

    private static readonly Func<ElicitRequestParams?, CancellationToken, ValueTask<ElicitResult>> Blue = Says("""{"answer":"blue"}""");

    [Theory(Timeout = TestLimit)]
    [InlineData(EchoServer.Legacy)]
    [InlineData(EchoServer.Modern)]
    public async Task A_question_is_answered_by_the_clients_user_and_the_call_goes_on(string protocolVersion)
    {
        await using var server = new EchoServer();
        ElicitRequestParams? shown = null;
        var client = await server.ConnectAsync(protocolVersion, elicit: (form, cancellation) =>
        {
            shown = form;
            return Blue(form, cancellation);
        });
        string worker = await server.SpawnAsync();
        var call = ExecuteAsync(client, worker);

        var asked = await Asking.QuestionAsync(server.Manager, worker);
        var decided = await Asking.DecidedAsync(server.Manager, asked);
        server.Launcher.Release();
        var result = (await call).JsonOf();

        Assert.Equal((RequestState.Answered, "blue", "elicitation"), (decided.State, decided.Answer, decided.DecidedBy));
        Assert.Contains("Which colour?", shown!.Message, StringComparison.Ordinal);
        Assert.Contains(worker, shown.Message, StringComparison.Ordinal);
        Assert.Equal(("completed", "begun\nended"), (result.TextOf("status"), result.TextOf("output")));
        Assert.Equal(1, server.Manager.List()[0].RunsDone);
    }

    [Theory(Timeout = TestLimit)]
    [InlineData(EchoServer.Legacy, "allow", RequestState.Allowed)]
    [InlineData(EchoServer.Modern, "deny", RequestState.Denied)]
    public async Task Leave_is_given_or_denied(string protocolVersion, string decision, RequestState state)
    {
        await using var server = new EchoServer();
        var client = await server.ConnectAsync(protocolVersion, elicit: Says($$"""{"decision":"{{decision}}","note":"said so"}"""));
        string worker = await server.SpawnAsync();
        var call = ExecuteAsync(client, worker);

        var decided = await Asking.DecidedAsync(server.Manager, await Asking.PermissionAsync(server.Manager, worker));
        server.Launcher.Release();

        Assert.Equal((state, "said so"), (decided.State, decided.Answer));
        Assert.Equal("completed", (await call).JsonOf().TextOf("status"));
    }

    [Theory(Timeout = TestLimit)]
    [InlineData(EchoServer.Legacy)]
    [InlineData(EchoServer.Modern)]
    public async Task What_the_user_leaves_stays_for_the_others_and_is_not_asked_again(string protocolVersion)
    {
        await using var server = new EchoServer();
        int asks = 0;
        var client = await server.ConnectAsync(protocolVersion, elicit: (_, _) =>
        {
            asks++;
            return ValueTask.FromResult(new ElicitResult { Action = "decline" });
        });
        string worker = await server.SpawnAsync();
        var call = ExecuteAsync(client, worker);
        var asked = await Asking.QuestionAsync(server.Manager, worker);
        await ToolCalls.UntilAsync(() => Volatile.Read(ref asks) == 1, "the client is asked");

        var second = await Asking.QuestionAsync(server.Manager, worker, "Which shape?");
        await ToolCalls.UntilAsync(() => Volatile.Read(ref asks) == 2, "the client is asked the second question");
        Assert.True((await server.Manager.Requests.FindAsync(asked.RequestId, TestContext.Current.CancellationToken)).IsPending);
        await server.Manager.Requests.AnswerAsync(asked.RequestId, new RequestVerdict.Answer("red"), "cli");
        await server.Manager.Requests.AnswerAsync(second.RequestId, new RequestVerdict.Deny(), "cli");
        await Asking.DecidedAsync(server.Manager, asked);
        await Asking.DecidedAsync(server.Manager, second);
        server.Launcher.Release();

        Assert.Equal("completed", (await call).JsonOf().TextOf("status"));
        Assert.Equal((2, 1), (asks, server.Manager.List()[0].RunsDone));
    }

    [Fact(Timeout = TestLimit)]
    public async Task A_question_that_somebody_else_answers_is_waited_for_no_more()
    {
        await using var server = new EchoServer();
        var shown = new TaskCompletionSource();
        var over = new TaskCompletionSource();
        var client = await server.ConnectAsync(EchoServer.Legacy, elicit: async (_, _) =>
        {
            shown.TrySetResult();
            await over.Task;
            return new ElicitResult { Action = "cancel" };
        });
        string worker = await server.SpawnAsync();
        var call = ExecuteAsync(client, worker);
        var asked = await Asking.QuestionAsync(server.Manager, worker);
        await shown.Task.WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken);

        await server.Manager.Requests.AnswerAsync(asked.RequestId, new RequestVerdict.Answer("red"), "cli");
        await Asking.DecidedAsync(server.Manager, asked);
        server.Launcher.Release();
        var result = await call;
        over.SetResult();

        Assert.Equal("completed", result.JsonOf().TextOf("status"));
    }

    [Theory(Timeout = TestLimit)]
    [InlineData(EchoServer.Legacy)]
    [InlineData(EchoServer.Modern)]
    public async Task Where_the_run_has_ended_meanwhile_the_call_gets_the_result_of_the_one_that_goes_on(string protocolVersion)
    {
        await using var server = new EchoServer();
        var user = new TaskCompletionSource();
        var client = await server.ConnectAsync(protocolVersion, elicit: async (form, cancellation) =>
        {
            await user.Task;
            return await Blue(form, cancellation);
        });
        string worker = await server.SpawnAsync();
        var call = ExecuteAsync(client, worker);
        var asked = await Asking.QuestionAsync(server.Manager, worker);

        // Nobody hands the answer to the agent: it has ended its turn by then.
        server.Launcher.Release();
        user.SetResult();
        var result = (await call).JsonOf();

        Assert.Equal("completed", result.TextOf("status"));
        Assert.Contains("blue", result.TextOf("output"), StringComparison.Ordinal);
        Assert.NotEqual(asked.RunId, result["metadata"]!.TextOf("run_id"));
        Assert.Equal(2, server.Manager.List()[0].RunsDone);
    }

    [Fact(Timeout = TestLimit)]
    public async Task On_the_wire_the_answer_asks_and_the_call_that_is_repeated_goes_on_with_the_same_runs()
    {
        await using var server = new EchoServer();
        var wire = new WireClient(server);
        string first = await server.SpawnAsync();
        string second = await server.SpawnAsync();
        string arguments = $$"""{"worker_ids":["{{first}}","{{second}}","term_nobody"],"prompts":["!hold","!hold","x"]}""";
        await SendAsync(wire, arguments);
        await Asking.RunOfAsync(server.Manager, first);
        await Asking.RunOfAsync(server.Manager, second);
        var asked = await Asking.QuestionAsync(server.Manager, first, "Which?", "one", "two");
        var answer = await ResultAsync(wire);

        Assert.Equal("input_required", answer.TextOf("resultType"));
        var form = answer["inputRequests"]![asked.RequestId]!;
        Assert.Equal("elicitation/create", form.TextOf("method"));
        Assert.Equal("""["one","two"]""", form["params"]!["requestedSchema"]!["properties"]!["choice"]!["enum"]!.ToJsonString());
        string state = answer.TextOf("requestState");

        const string Two = """{"action":"accept","content":{"choice":"two"}}""";
        await SendAsync(wire, arguments, state[..^6] + "AAAAAA", asked.RequestId, Two);
        var forged = await ResultAsync(wire);
        await SendAsync(wire, arguments.Replace("\"x\"", "\"y\"", StringComparison.Ordinal), state, asked.RequestId, Two);
        var other = await ResultAsync(wire);
        foreach (var refused in (JsonNode[])[forged, other])
        {
            Assert.True((bool)refused["isError"]!);
            Assert.Contains("requestState", refused["content"]![0]!.TextOf("text"), StringComparison.Ordinal);
        }

        Assert.True((await server.Manager.Requests.FindAsync(asked.RequestId, TestContext.Current.CancellationToken)).IsPending);
        await SendAsync(wire, arguments, state, asked.RequestId, Two);
        var decided = await Asking.DecidedAsync(server.Manager, asked);
        server.Launcher.Release();
        var results = (await ResultAsync(wire))["structuredContent"]!["result"]!.AsArray();

        Assert.Equal("two", decided.Answer);
        Assert.Equal(["completed", "completed", "failed"], results.Select(result => result!.TextOf("status")));
        Assert.Equal(asked.RunId, results[0]!["metadata"]!.TextOf("run_id"));
        Assert.Equal([1, 1], server.Manager.List().Select(worker => worker.RunsDone));
        Assert.Equal("", server.Log.ToString());
    }

    [Theory(Timeout = TestLimit)]
    [InlineData(EchoServer.Legacy)]
    [InlineData(EchoServer.Modern)]
    public async Task A_client_that_shows_no_forms_is_asked_nothing_and_waits(string protocolVersion)
    {
        await using var server = new EchoServer();
        var client = await server.ConnectAsync(protocolVersion);
        string worker = await server.SpawnAsync();
        var call = ExecuteAsync(client, worker);
        var asked = await Asking.QuestionAsync(server.Manager, worker);
        var waited = (await client.CallAsync("worker_list", "{}")).JsonOf()[0]!["waiting_for"]!;

        await server.Manager.Requests.AnswerAsync(asked.RequestId, new RequestVerdict.Answer("red"), "cli");
        server.Launcher.Release();

        Assert.Equal(("question", asked.RequestId), (waited.TextOf("kind"), waited.TextOf("request_id")));
        Assert.Equal("completed", (await call).JsonOf().TextOf("status"));
    }

    [Fact(Timeout = TestLimit)]
    public async Task An_agent_inside_a_run_is_asked_nothing()
    {
        await using var outer = new EchoServer();
        string parent = await outer.SpawnAsync();
        await outer.Manager.SubmitAsync(parent, "!hold");
        string run = await Asking.RunOfAsync(outer.Manager, parent);
        await using var nested = new PipedServer(outer.Manager.As(new Caller { Kind = "mcp", ParentRun = run }), outer.Log);
        int asks = 0;
        var client = await nested.ConnectAsync(EchoServer.Legacy, tasks: false, (_, _) =>
        {
            asks++;
            return ValueTask.FromResult(new ElicitResult { Action = "decline" });
        });
        string worker = (await client.CallAsync("worker_spawn", "{}")).JsonOf()[0]!.GetValue<string>();
        var call = ExecuteAsync(client, worker);

        var asked = await Asking.QuestionAsync(outer.Manager, worker);
        await outer.Manager.Requests.AnswerAsync(asked.RequestId, new RequestVerdict.Answer("red"), "cli");
        outer.Launcher.Release();

        await call;
        Assert.Equal(0, asks);
    }

    [Fact(Timeout = TestLimit)]
    public async Task A_task_asks_by_its_status_and_is_answered_by_an_update()
    {
        await using var server = new EchoServer();
        var client = await server.ConnectAsync(tasks: true, elicit: Blue);
        string worker = await server.SpawnAsync();
        string taskId = (await client.SendCallAsync("worker_execute", $$"""{"worker_id":"{{worker}}","prompt":"!hold"}""")).TextOf("taskId");
        var left = await Asking.QuestionAsync(server.Manager, worker, "Which shape?");
        var asked = await Asking.QuestionAsync(server.Manager, worker);

        var waiting = await client.SendAsync("tasks/get", $$"""{"taskId":"{{taskId}}"}""");
        await client.SendAsync("tasks/update", Update(taskId, left, """{"action":"decline"}"""));
        var after = await client.SendAsync("tasks/get", $$"""{"taskId":"{{taskId}}"}""");
        await client.SendAsync("tasks/update", Update(taskId, asked, """{"action":"accept","content":{"answer":"blue"}}"""));
        await client.SendAsync("tasks/update", Update(taskId, asked, """{"action":"accept","content":{"answer":"green"}}"""));
        var decided = await Asking.DecidedAsync(server.Manager, asked);
        var working = await client.SendAsync("tasks/get", $$"""{"taskId":"{{taskId}}"}""");
        server.Launcher.Release();

        Assert.Equal("input_required", waiting.TextOf("status"));
        Assert.Equal([left.RequestId, asked.RequestId], waiting["inputRequests"]!.AsObject().Select(each => each.Key));
        Assert.Equal("elicitation/create", waiting["inputRequests"]![asked.RequestId]!.TextOf("method"));
        Assert.Equal(asked.RequestId, Assert.Single(after["inputRequests"]!.AsObject()).Key);
        Assert.Equal((RequestState.Answered, "blue", "elicitation"), (decided.State, decided.Answer, decided.DecidedBy));
        Assert.Equal("working", working.TextOf("status"));
        Assert.Contains(left.RequestId, working.TextOf("statusMessage"), StringComparison.Ordinal);
        Assert.True((await server.Manager.Requests.FindAsync(left.RequestId, TestContext.Current.CancellationToken)).State is RequestState.Pending or RequestState.Withdrawn);
    }

    [Fact(Timeout = TestLimit)]
    public async Task A_task_of_a_client_that_shows_no_forms_goes_on_working()
    {
        await using var server = new EchoServer();
        var client = await server.ConnectAsync(tasks: true);
        string worker = await server.SpawnAsync();
        string taskId = (await client.SendCallAsync("worker_execute", $$"""{"worker_id":"{{worker}}","prompt":"!hold"}""")).TextOf("taskId");
        await Asking.QuestionAsync(server.Manager, worker);

        var working = await client.SendAsync("tasks/get", $$"""{"taskId":"{{taskId}}"}""");

        Assert.Equal("working", working.TextOf("status"));
        Assert.Null(working["inputRequests"]);
    }

    private static Func<ElicitRequestParams?, CancellationToken, ValueTask<ElicitResult>> Says(string content) => (_, _) => ValueTask.FromResult(new ElicitResult
    {
        Action = "accept",
        Content = JsonNode.Parse(content)!.AsObject().ToDictionary(each => each.Key, each => JsonSerializer.SerializeToElement(each.Value)),
    });

    private static Task<CallToolResult> ExecuteAsync(McpClient client, string worker) =>
        client.CallAsync("worker_execute", $$"""{"worker_id":"{{worker}}","prompt":"begun\n!hold\nended"}""");

    /// <summary>A call as its bytes are, of a client that shows forms.</summary>
    private static Task SendAsync(WireClient wire, string arguments, string? state = null, string? requestId = null, string? response = null)
    {
        var parameters = new JsonObject
        {
            ["name"] = "worker_execute_batch",
            ["arguments"] = JsonNode.Parse(arguments),
            ["_meta"] = new JsonObject
            {
                ["io.modelcontextprotocol/protocolVersion"] = EchoServer.Modern,
                ["io.modelcontextprotocol/clientCapabilities"] = new JsonObject { ["elicitation"] = new JsonObject() },
            },
        };
        if (state is not null)
        {
            parameters["requestState"] = state;
            parameters["inputResponses"] = new JsonObject { [requestId!] = JsonNode.Parse(response!) };
        }

        return wire.SendAsync(new JsonObject { ["jsonrpc"] = "2.0", ["id"] = Guid.NewGuid().ToString(), ["method"] = "tools/call", ["params"] = parameters }.ToJsonString());
    }

    private static async Task<JsonNode> ResultAsync(WireClient wire)
    {
        var answer = await wire.ReadAsync();
        return answer["result"] ?? throw new InvalidOperationException(answer.ToJsonString());
    }

    private static string Update(string taskId, WorkerRequest request, string response) =>
        $$$$"""{"taskId":"{{{{taskId}}}}","inputResponses":{"{{{{request.RequestId}}}}":{{{{response}}}}}}""";
}
