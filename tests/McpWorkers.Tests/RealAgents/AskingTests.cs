using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using McpWorkers.Tests.Product;
using Xunit;

namespace McpWorkers.Tests.RealAgents;

/// <summary>claude and qwen ask over the built product, and are answered from another process.</summary>
[Collection(RealAgentsOverMcp.Name)]
public sealed partial class AskingTests(ModelServer models) : IDisposable
{
    private const int TestLimit = 240_000;
    private const string Touch = "[[bash:touch made.txt; echo made-it]] go";

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(90);

    private readonly ProductHome _home = new();

    [Theory(Timeout = TestLimit)]
    [InlineData("claude", "allow", true)]
    [InlineData("claude", "deny", false)]
    [InlineData("qwen", "allow", true)]
    [InlineData("qwen", "deny", false)]
    public async Task Permission_is_asked_and_done_as_it_was_decided(string agent, string verdict, bool isMade)
    {
        string worker = await SpawnAsync(agent, new() { ["permission"] = "ask" }, []);
        await DoneAsync("workers", "execute", worker, "-p", Touch, "--no-wait");
        string request = await AskedAsync();

        await DoneAsync("requests", verdict, request);

        var result = await ResultAsync(worker);
        Assert.Equal(isMade, File.Exists(Path.Combine(_home.Work, "made.txt")));
        Assert.Equal("completed", result.Status());
        Assert.Equal(isMade ? "completed" : "completed_with_denials", (string?)result.Metadata()["outcome"]);
    }

    [Fact(Timeout = TestLimit)]
    public async Task Question_is_answered_over_a_daemon_that_was_killed_meanwhile()
    {
        string worker = await SpawnAsync("claude", new() { ["questions"] = true }, []);
        string run = (await DoneAsync("workers", "execute", worker, "-p", Question, "--no-wait")).Trim();
        string request = await AskedAsync();
        ProductDaemon.Kill(_home);

        await DoneAsync("requests", "answer", request, "the blue one");

        var result = await ResultAsync(worker);
        Assert.Equal(("completed", run), (result.Status(), (string?)result.Metadata()["run_id"]));
        Assert.Contains("the blue one", result.Output(), StringComparison.Ordinal);
    }

    [Fact(Timeout = TestLimit)]
    public async Task Question_that_waits_too_long_for_the_call_is_answered_to_the_session()
    {
        string worker = await SpawnAsync("claude", new() { ["questions"] = true }, new() { ["requests"] = new JsonObject { ["hold_seconds"] = 2 } });
        string run = (await DoneAsync("workers", "execute", worker, "-p", Question, "--no-wait")).Trim();
        string request = await AskedAsync();
        await LiveProcesses.UntilAsync(() => LiveProcesses.OfRun(run).Count == 0, Limit, "the agent has ended its turn");

        await DoneAsync("requests", "answer", request, "the blue one");

        var result = await ResultAsync(worker);
        Assert.Equal(("completed", run), (result.Status(), (string?)result.Metadata()["continues"]));
        Assert.NotEqual(run, (string?)result.Metadata()["run_id"]);
    }

    public void Dispose() => _home.Dispose();

    private const string Question = """[[call:mcp__mcpworkers__ask_controller:{"question":"Which one?"}]] go""";

    private async Task<string> SpawnAsync(string agent, JsonObject type, JsonObject host)
    {
        var real = RealAgent.Of(agent);
        Needs.Installed(real);
        _home.WriteHostSettings(host);
        var types = real.Types(_home, models.Url).ToArray();
        foreach (var (key, value) in type)
        {
            types[0][key] = value?.DeepClone();
        }

        _home.WriteWorkerTypes(types);
        return (await DoneAsync("workers", "spawn", "-t", real.WorkerType)).Trim();
    }

    private async Task<string> AskedAsync()
    {
        string listed = "";
        for (long begun = TimeProvider.System.GetTimestamp(); TimeProvider.System.GetElapsedTime(begun) < Limit;)
        {
            listed = await DoneAsync("requests", "list", "--json");
            if (RequestId().Match(listed) is { Success: true } found)
            {
                return found.Value;
            }

            await Task.Delay(200, TestContext.Current.CancellationToken);
        }

        throw new Xunit.Sdk.XunitException($"Nothing was asked: {listed}\n{_home.Output()}");
    }

    private async Task<JsonObject> ResultAsync(string worker) =>
        JsonNode.Parse(await DoneAsync("workers", "collect", worker, "--wait", "--json"))![worker]!.AsObject();

    private async Task<string> DoneAsync(params string[] words)
    {
        var end = await ProductInside.RunAsync(_home, Limit, words);
        Assert.True(end.ExitCode == 0, $"{string.Join(' ', words)}: {end}\n{_home.Output()}");
        return end.Stdout;
    }

    [GeneratedRegex("req_[0-9a-f]{16}")]
    private static partial Regex RequestId();
}
