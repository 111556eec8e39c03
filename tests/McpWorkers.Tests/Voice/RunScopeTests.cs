using System.Text.Json.Nodes;
using McpWorkers.Daemon;
using McpWorkers.Daemon.Client;
using McpWorkers.Engine.Model;
using McpWorkers.Tests.Mcp;
using Xunit;

namespace McpWorkers.Tests.Voice;

/// <summary>Who is within a run gets that run's scope at the socket, and no other.</summary>
public sealed class RunScopeTests
{
    private const int Limit = 60_000;

    [Fact(Timeout = Limit)]
    public async Task Client_from_within_a_run_is_refused_whatever_it_calls_itself_and_it_is_logged()
    {
        await using var scene = await VoiceScene.StartAsync();
        await scene.StopDaemonAsync();
        string runId = scene.RunId;
        await scene.StartDaemonAsync(() => new(1, IsOurUser: true, runId));

        foreach (string kind in new[] { "cli", "mcp", "library" })
        {
            var refused = await Assert.ThrowsAsync<RefusedException>(() => scene.OpenAsync(kind));
            Assert.Equal(RefusalCode.Forbidden, refused.Code);
            Assert.Contains("may only ask, report and share", refused.Message, StringComparison.Ordinal);
            Assert.Contains("may_delegate", refused.Message, StringComparison.Ordinal);
        }

        var lines = scene.Log.Split('\n').Where(line => line.Contains("\"run_refused\"", StringComparison.Ordinal)).Select(line => JsonNode.Parse(line)!).ToList();
        Assert.Equal(3, lines.Count);
        Assert.All(lines, line => Assert.Equal((scene.RunId, scene.WorkerId, "warn"), ((string?)line["run_id"], (string?)line["worker_id"], (string?)line["level"])));
    }

    [Fact(Timeout = Limit)]
    public async Task Agent_of_a_type_that_may_delegate_sees_its_own_workers_alone_and_decides_nothing()
    {
        await using var scene = await VoiceScene.StartAsync(
            change: settings => settings with { WorkerTypes = [settings.WorkerTypes[0] with { MayDelegate = true }] });
        await scene.StopDaemonAsync();
        string runId = scene.RunId;
        await scene.StartDaemonAsync(() => new(1, IsOurUser: true, runId));
        using var door = await scene.OpenAsync();
        var control = new DaemonControl(door, TimeProvider.System);

        await Assert.ThrowsAsync<RefusedException>(() => control.StopAsync("force", TimeSpan.FromSeconds(10), VoiceScene.Cancellation));
        Assert.Throws<RefusedException>(() => scene.Manager.As(new() { ParentRun = runId }).Requests);
        await using var client = new PipedServer(scene.Manager.As(new() { Kind = "mcp", ParentRun = runId }), TextWriter.Null);
        Assert.Empty(scene.Manager.As(new() { ParentRun = runId }).List());
    }

    [Fact(Timeout = Limit)]
    public async Task Token_opens_the_runs_own_methods_and_nothing_else()
    {
        await using var scene = await VoiceScene.StartAsync();
        using var door = await scene.OpenAsync(ClientHello.Run, scene.Token);
        var control = new DaemonControl(door, TimeProvider.System);
        string[] methods =
        [
            DaemonMethods.Status, DaemonMethods.Stop, DaemonMethods.Replace, DaemonMethods.CreateToken, DaemonMethods.Page, DaemonMethods.Trust,
            "tools/list", "tools/call", "initialize", "server/discover", "requests/answer", "run/answer", "",
        ];

        foreach (string method in methods)
        {
            var refused = await Assert.ThrowsAsync<RefusedException>(() => control.AskAsync(method, [], TimeSpan.FromSeconds(10), VoiceScene.Cancellation));
            Assert.Contains("only ask, report and share", refused.Message, StringComparison.Ordinal);
        }
    }

    [Fact(Timeout = Limit)]
    public async Task Forged_stale_and_missing_tokens_are_refused_and_it_is_logged()
    {
        await using var scene = await VoiceScene.StartAsync();
        string stale = scene.Token;
        string forged = stale[..^4] + (stale.EndsWith("0000", StringComparison.Ordinal) ? "1111" : "0000");
        await Assert.ThrowsAsync<RefusedException>(() => scene.OpenAsync(ClientHello.Run, forged));
        await Assert.ThrowsAsync<RefusedException>(() => scene.OpenAsync(ClientHello.Run));

        await scene.Manager.CancelRunAsync(scene.RunId, "over", VoiceScene.Cancellation);
        var refused = await Assert.ThrowsAsync<RefusedException>(() => scene.OpenAsync(ClientHello.Run, stale));

        Assert.Contains("is over", refused.Message, StringComparison.Ordinal);
        Assert.Equal(3, scene.Log.Split("\"run_refused\"").Length - 1);
        Assert.DoesNotContain(stale, scene.Log, StringComparison.Ordinal);
    }

    [Fact(Timeout = Limit)]
    public async Task Token_of_another_run_is_worth_nothing_within_a_run()
    {
        await using var scene = await VoiceScene.StartAsync();
        string token = scene.Token;
        await scene.StopDaemonAsync();
        await scene.StartDaemonAsync(() => new(1, IsOurUser: true, "run_ffffffffffffffff"));

        var refused = await Assert.ThrowsAsync<RefusedException>(() => scene.OpenAsync(ClientHello.Run, token));

        Assert.Contains("another run's", refused.Message, StringComparison.Ordinal);
        Assert.Contains("run_refused", scene.Log, StringComparison.Ordinal);
    }

    [Fact(Timeout = Limit)]
    public async Task Token_gives_nothing_to_a_client_of_another_kind()
    {
        await using var scene = await VoiceScene.StartAsync();
        string token = scene.Token;
        string runId = scene.RunId;
        await scene.StopDaemonAsync();
        await scene.StartDaemonAsync(() => new(1, IsOurUser: true, runId));

        await Assert.ThrowsAsync<RefusedException>(() => scene.OpenAsync("cli", token));
    }
}
