using System.Text.Json.Nodes;
using McpWorkers.Engine.Model;
using McpWorkers.Tests.Mcp;
using McpWorkers.Tests.Mcp.Requests;
using Xunit;

namespace McpWorkers.Tests.Cli.Requests;

/// <summary><c>mcpworkers requests</c> over an engine that really runs; only processes are scripted.</summary>
public sealed class RequestVerbTests : IAsyncDisposable
{
    private const int TestLimit = 60_000;

    private readonly EchoLauncher _launcher = new();
    private readonly WorkersPlace _place;

    public RequestVerbTests() => _place = new(_launcher);

    [Fact(Timeout = TestLimit)]
    public async Task A_question_is_listed_shown_and_answered()
    {
        string worker = await BeginAsync();
        var asked = await Asking.QuestionAsync(_place.Manager, worker, "Which one?\n\u001b[31mred", "one", "two");

        var listed = await _place.RunCommandAsync("requests", "list");
        var shown = await _place.RunCommandAsync("requests", "show", asked.RequestId);
        var workers = await _place.RunCommandAsync("workers", "list");
        var answered = await _place.RunCommandAsync("requests", "answer", asked.RequestId, "two", "--digest", asked.Digest);
        var again = await _place.RunCommandAsync("requests", "answer", asked.RequestId, "one");
        var empty = await _place.RunCommandAsync("requests", "list");
        var all = await _place.RunCommandAsync("requests", "list", "--state", "all", "--json");

        Assert.Equal((0, ""), (listed.Code, listed.Error));
        Assert.Matches($"^REQUEST +KIND +STATE +WORKER +LEFT +ASKS\n{asked.RequestId} +question +pending +{worker} +(29:[0-9]+|30:00) +Which one\\?", listed.Out);
        Assert.DoesNotContain("\u001b", listed.Out + shown.Out, StringComparison.Ordinal);
        Assert.Contains($"request id        {asked.RequestId}\n", shown.Out, StringComparison.Ordinal);
        Assert.Contains("\ntext:\n    Which one?\n    [31mred\n", shown.Out, StringComparison.Ordinal);
        Assert.Contains("\noptions:\n    - one\n    - two\n", shown.Out, StringComparison.Ordinal);
        Assert.Contains($"waits for question {asked.RequestId[..12]}", workers.Out, StringComparison.Ordinal);
        Assert.Equal((0, $"{asked.RequestId}  answered by cli: Which one? [31mred\n"), (answered.Code, answered.Out));
        Assert.Equal(2, again.Code);
        Assert.Contains("decided already: answered by cli", again.Error, StringComparison.Ordinal);
        Assert.Equal((0, ""), (empty.Code, empty.Out));
        Assert.Contains("Nothing waits for an answer", empty.Error, StringComparison.Ordinal);
        Assert.Equal("two", (string)JsonNode.Parse(all.Out)!["requests"]![0]!["answer"]!);
    }

    [Theory(Timeout = TestLimit)]
    [InlineData("allow", "--note", "allowed")]
    [InlineData("deny", "--why", "denied")]
    public async Task Leave_is_given_or_denied(string verb, string option, string state)
    {
        var asked = await Asking.PermissionAsync(_place.Manager, await BeginAsync());

        var shown = await _place.RunCommandAsync("requests", "show", asked.RequestId);
        var (code, output, _) = await _place.RunCommandAsync("requests", verb, asked.RequestId, option, "said so", "--json");

        Assert.Equal(0, code);
        Assert.Contains("\ninput:\n    {\n      \"command\": \"make deploy\"\n    }\n", shown.Out, StringComparison.Ordinal);
        Assert.Equal((state, "said so"), ((string)JsonNode.Parse(output)!["state"]!, (string)JsonNode.Parse(output)!["answer"]!));
    }

    [Fact(Timeout = TestLimit)]
    public async Task An_answer_may_come_through_a_pipe()
    {
        var asked = await Asking.QuestionAsync(_place.Manager, await BeginAsync());
        _place.Input = "first\nsecond\n";

        var (code, _, _) = await _place.RunCommandAsync("requests", "answer", asked.RequestId, "-");

        Assert.Equal(0, code);
        Assert.Equal("first\nsecond\n", (await Asking.DecidedAsync(_place.Manager, asked)).Answer);
    }

    [Fact(Timeout = TestLimit)]
    public async Task What_is_wrong_is_refused()
    {
        var asked = await Asking.QuestionAsync(_place.Manager, await BeginAsync());

        var unknown = await _place.RunCommandAsync("requests", "allow", "req_nobody");
        var otherKind = await _place.RunCommandAsync("requests", "allow", asked.RequestId);
        var blank = await _place.RunCommandAsync("requests", "answer", asked.RequestId, " ");
        var both = await _place.RunCommandAsync("requests", "list", "--watch", "--state", "all");

        Assert.Equal([2, 2, 2, 2], new[] { unknown, otherKind, blank, both }.Select(each => each.Code));
        Assert.Contains("req_nobody", unknown.Error, StringComparison.Ordinal);
        Assert.Contains("answer it with a text", otherKind.Error, StringComparison.Ordinal);
        Assert.Contains("The answer is empty", blank.Error, StringComparison.Ordinal);
        Assert.Contains("--watch", both.Error, StringComparison.Ordinal);
        Assert.Equal(RequestState.Pending, (await _place.Manager.Requests.FindAsync(asked.RequestId, TestContext.Current.CancellationToken)).State);
    }

    public async ValueTask DisposeAsync()
    {
        _launcher.Release();
        await _place.DisposeAsync();
    }

    private async Task<string> BeginAsync()
    {
        string worker = (await _place.Manager.SpawnAsync(new()))[0];
        await _place.Manager.SubmitAsync(worker, "!hold");
        return worker;
    }
}
