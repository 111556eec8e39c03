using System.Text.Json;
using System.Text.Json.Nodes;
using McpWorkers.Engine.Model;
using ModelContextProtocol;
using ModelContextProtocol.Protocol;
using Xunit;

namespace McpWorkers.Tests.Mcp.Requests;

/// <summary>What a client's user says in a form and what cannot be taken: he is told, and the request stays pending.</summary>
public sealed class FormAnswerTests
{
    private const int TestLimit = 60_000;

    private static readonly string TooLong = new('x', 70_000);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory(Timeout = TestLimit)]
    [InlineData(EchoServer.Legacy)]
    [InlineData(EchoServer.Modern)]
    public async Task An_answer_that_is_too_long_is_told_so_and_the_form_comes_again(string protocolVersion)
    {
        await using var server = new EchoServer();
        var shown = new List<string>();
        var client = await server.ConnectAsync(protocolVersion, elicit: (form, _) =>
        {
            shown.Add(form!.Message);
            return ValueTask.FromResult(Says(shown.Count == 1 ? TooLong : "blue"));
        });
        string worker = await server.SpawnAsync();
        var call = client.CallAsync("worker_execute", $$"""{"worker_id":"{{worker}}","prompt":"!hold"}""");

        var decided = await Asking.DecidedAsync(server.Manager, await Asking.QuestionAsync(server.Manager, worker));
        server.Launcher.Release();

        Assert.Equal("completed", (await call).JsonOf().TextOf("status"));
        Assert.Equal((RequestState.Answered, "blue"), (decided.State, decided.Answer));
        Assert.Equal(2, shown.Count);
        Assert.DoesNotContain("not taken", shown[0], StringComparison.Ordinal);
        Assert.Matches("^Your last answer was not taken: .*longer than 65536 bytes", shown[1]);
        Assert.Contains("Which colour?", shown[1], StringComparison.Ordinal);
    }

    [Fact(Timeout = TestLimit)]
    public async Task An_answer_that_could_not_be_recorded_is_asked_for_again_while_the_call_goes_on()
    {
        var (store, requests) = RefusingRequests.Make();
        await using var server = new EchoServer(store: store);
        var shown = new List<string>();
        requests.Refusals = 1;
        var client = await server.ConnectAsync(EchoServer.Legacy, elicit: (form, _) =>
        {
            shown.Add(form!.Message);
            return ValueTask.FromResult(Says("blue"));
        });
        string worker = await server.SpawnAsync();
        var call = client.CallAsync("worker_execute", $$"""{"worker_id":"{{worker}}","prompt":"!hold"}""");

        var decided = await Asking.DecidedAsync(server.Manager, await Asking.QuestionAsync(server.Manager, worker));
        server.Launcher.Release();

        Assert.Equal("completed", (await call).JsonOf().TextOf("status"));
        Assert.Equal((RequestState.Answered, "blue", "elicitation"), (decided.State, decided.Answer, decided.DecidedBy));
        Assert.Contains("the disk is full", Assert.Single(shown[1..]), StringComparison.Ordinal);
    }

    [Fact(Timeout = TestLimit)]
    public async Task An_answer_that_could_not_be_recorded_is_an_error_of_the_call_which_can_be_made_again()
    {
        var (store, requests) = RefusingRequests.Make();
        await using var server = new EchoServer(store: store);
        var wire = new WireClient(server);
        string worker = await server.SpawnAsync();
        await SendAsync(wire, worker, []);
        var asked = await Asking.QuestionAsync(server.Manager, worker);
        string state = (await wire.ReadAsync())["result"]!.TextOf("requestState");
        var answered = new JsonObject
        {
            ["requestState"] = state,
            ["inputResponses"] = new JsonObject { [asked.RequestId] = new JsonObject { ["action"] = "accept", ["content"] = new JsonObject { ["answer"] = "blue" } } },
        };
        requests.Refusals = 1;

        await SendAsync(wire, worker, answered);
        var failed = (await wire.ReadAsync())["result"]!;
        bool isPending = (await server.Manager.Requests.FindAsync(asked.RequestId, Cancellation)).IsPending;
        await SendAsync(wire, worker, answered);
        var decided = await Asking.DecidedAsync(server.Manager, asked);
        server.Launcher.Release();
        var result = (await wire.ReadAsync())["result"]!;

        Assert.True((bool)failed["isError"]!);
        Assert.Contains("the disk is full", failed["content"]![0]!.TextOf("text"), StringComparison.Ordinal);
        Assert.Contains("with the same requestState", failed["content"]![0]!.TextOf("text"), StringComparison.Ordinal);
        Assert.True(isPending);
        Assert.Equal("blue", decided.Answer);
        Assert.Equal("completed", result["structuredContent"]!.TextOf("status"));
        Assert.Equal(1, server.Manager.List()[0].RunsDone);
    }

    [Fact(Timeout = TestLimit)]
    public async Task A_store_that_cannot_be_read_for_a_moment_is_no_end_of_the_call()
    {
        var (store, requests) = RefusingRequests.Make();
        await using var server = new EchoServer(store: store);
        var wire = new WireClient(server);
        string worker = await server.SpawnAsync();
        await SendAsync(wire, worker, []);
        await Asking.RunOfAsync(server.Manager, worker);
        requests.Unreadable = 1;

        // Whether it is of a run that goes on in the place of the call's own must be looked up.
        await server.Manager.Requests.AskAsync(
            new() { Kind = RequestKind.Question, Key = "another", RunId = "run_another", WorkerId = worker, WorkerType = "echo", Text = "Whose?" });
        await ToolCalls.UntilAsync(() => requests.Unreadable < 0, "the store is read again");
        var asked = await Asking.QuestionAsync(server.Manager, worker);
        var answer = (await wire.ReadAsync())["result"]!;

        Assert.Equal("input_required", answer.TextOf("resultType"));
        Assert.Equal(asked.RequestId, Assert.Single(answer["inputRequests"]!.AsObject()).Key);
    }

    [Fact(Timeout = TestLimit)]
    public async Task A_tasks_update_that_cannot_be_taken_is_an_error_and_the_task_asks_on()
    {
        var (store, requests) = RefusingRequests.Make();
        await using var server = new EchoServer(store: store);
        var client = await server.ConnectAsync(tasks: true, elicit: (_, _) => ValueTask.FromResult(Says("unused")));
        string worker = await server.SpawnAsync();
        string taskId = (await client.SendCallAsync("worker_execute", $$"""{"worker_id":"{{worker}}","prompt":"!hold"}""")).TextOf("taskId");
        var asked = await Asking.QuestionAsync(server.Manager, worker);

        var wrong = await Assert.ThrowsAsync<McpProtocolException>(() => client.SendAsync("tasks/update", Update(taskId, asked, TooLong)));
        requests.Refusals = 1;
        var failed = await Assert.ThrowsAsync<McpProtocolException>(() => client.SendAsync("tasks/update", Update(taskId, asked, "blue")));
        var waiting = await client.SendAsync("tasks/get", $$"""{"taskId":"{{taskId}}"}""");
        await client.SendAsync("tasks/update", Update(taskId, asked, "blue"));

        Assert.Equal(McpErrorCode.InvalidParams, wrong.ErrorCode);
        Assert.Contains("longer than 65536 bytes", wrong.Message, StringComparison.Ordinal);
        Assert.Equal(McpErrorCode.InternalError, failed.ErrorCode);
        Assert.Contains("the disk is full", failed.Message, StringComparison.Ordinal);
        Assert.Equal("input_required", waiting.TextOf("status"));
        Assert.Equal("blue", (await Asking.DecidedAsync(server.Manager, asked)).Answer);
        server.Launcher.Release();
    }

    private static ElicitResult Says(string answer) => new()
    {
        Action = "accept",
        Content = new Dictionary<string, JsonElement> { ["answer"] = JsonSerializer.SerializeToElement(answer) },
    };

    private static string Update(string taskId, WorkerRequest request, string answer) => new JsonObject
    {
        ["taskId"] = taskId,
        ["inputResponses"] = new JsonObject
        {
            [request.RequestId] = new JsonObject { ["action"] = "accept", ["content"] = new JsonObject { ["answer"] = answer } },
        },
    }.ToJsonString();

    private static Task SendAsync(WireClient wire, string worker, JsonObject more)
    {
        var parameters = new JsonObject
        {
            ["name"] = "worker_execute",
            ["arguments"] = new JsonObject { ["worker_id"] = worker, ["prompt"] = "!hold" },
            ["_meta"] = new JsonObject
            {
                ["io.modelcontextprotocol/protocolVersion"] = EchoServer.Modern,
                ["io.modelcontextprotocol/clientCapabilities"] = new JsonObject { ["elicitation"] = new JsonObject() },
            },
        };
        foreach (var (name, value) in more)
        {
            parameters[name] = value!.DeepClone();
        }

        return wire.SendAsync(new JsonObject { ["jsonrpc"] = "2.0", ["id"] = Guid.NewGuid().ToString(), ["method"] = "tools/call", ["params"] = parameters }.ToJsonString());
    }
}
