using McpWorkers.Engine.Model;
using McpWorkers.Engine.Workers;
using Xunit;

namespace McpWorkers.Tests.Workers.Hosting;

/// <summary>A worker whose agent is to ask, and cannot, is not made: it would work on, and nobody would know.</summary>
public sealed class SpawnAskingTests : IAsyncDisposable
{
    private readonly TestHost _host = new();

    [Theory]
    [InlineData("simulated", LauncherKind.Process, "agent 'simulated' takes no MCP servers")]
    [InlineData("claude", LauncherKind.Process, "there is none with --in-process")]
    [InlineData("claude", LauncherKind.Container, "from within a container")]
    public async Task Questions_that_could_not_be_asked_are_refused(string agent, LauncherKind launcher, string why)
    {
        var type = _host.TypeOfAgent(agent, "cat") with { Questions = true, Launcher = launcher, Container = new() { Image = "none:1" } };
        await using var manager = _host.NewManager(type);

        var refused = await Assert.ThrowsAsync<RefusedException>(() => manager.SpawnAsync(new SpawnRequest { WorkerType = agent }, TestContext.Current.CancellationToken));

        Assert.Equal(RefusalCode.Unsupported, refused.Code);
        Assert.StartsWith($"questions: true is not possible for worker type '{agent}' here: ", refused.Message, StringComparison.Ordinal);
        Assert.Contains(why, refused.Message, StringComparison.Ordinal);
        Assert.Empty(manager.List());
    }

    [Theory]
    [InlineData("codex", Permission.Ask, LauncherKind.Process, "agent 'codex' cannot ask while it runs. Agents that can: claude, qwen")]
    [InlineData("claude", Permission.Ask, LauncherKind.Container, "from within a container")]
    [InlineData("claude", Permission.Ask, LauncherKind.Process, "there is none with --in-process")]
    public async Task Permissions_that_could_not_be_asked_for_are_refused(string agent, Permission permission, LauncherKind launcher, string why)
    {
        var type = _host.TypeOfAgent(agent, "cat") with { Launcher = launcher, Container = new() { Image = "none:1" } };
        await using var manager = _host.NewManager(type);

        var refused = await Assert.ThrowsAsync<RefusedException>(
            () => manager.SpawnAsync(new SpawnRequest { WorkerType = agent, Permission = permission }, TestContext.Current.CancellationToken));

        Assert.Equal(RefusalCode.Unsupported, refused.Code);
        Assert.Contains(why, refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("mcpworkers", null, true)]
    [InlineData("McpWorkers", Permission.Ask, false)]
    public async Task Server_with_the_name_of_the_runs_own_is_refused_where_the_agent_is_to_ask(string name, Permission? permission, bool questions)
    {
        var type = _host.TypeOfAgent("qwen", "cat") with
        {
            Questions = questions,
            McpServers = [new(name, "files", [], new Dictionary<string, string>())],
        };
        await using var manager = _host.NewManager(type);

        var refused = await Assert.ThrowsAsync<RefusedException>(
            () => manager.SpawnAsync(new SpawnRequest { WorkerType = "qwen", Permission = permission }, TestContext.Current.CancellationToken));

        Assert.Equal(RefusalCode.InvalidSettings, refused.Code);
        Assert.Contains("mcp_servers", refused.Message, StringComparison.Ordinal);
    }

    public ValueTask DisposeAsync() => _host.DisposeAsync();
}
