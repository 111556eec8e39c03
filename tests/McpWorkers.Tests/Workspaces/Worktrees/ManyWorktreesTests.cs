using McpWorkers.Engine.Workspaces;
using Xunit;

namespace McpWorkers.Tests.Workspaces.Worktrees;

public sealed class ManyWorktreesTests
{
    private const int Worktrees = 30;
    private const int Files = 5000;

    /// <summary>Through two hosts, as a daemon and a command without one are.</summary>
    [Fact(Timeout = 600_000)]
    public async Task Thirty_at_once_of_five_thousand_files_are_all_whole_and_share_no_port()
    {
        using var scene = new GitScene();
        string top = await scene.MakeRepository(
            files: [.. Enumerable.Range(0, Files).Select(i => ($"d{i % 100}/f{i}.txt", $"file {i}\n"))]);
        string configuration = await File.ReadAllTextAsync(Path.Combine(top, ".git", "config"), TestContext.Current.CancellationToken);
        var providers = new[] { scene.Worktrees(), scene.Worktrees() };
        WorkspaceOrder[] orders = [.. Enumerable.Range(0, Worktrees).Select(i => scene.Order(top, $"term_{i:00}") with { Ports = ["PORT", "DEBUG_PORT"] })];
        await providers[0].CheckAsync(orders, TestContext.Current.CancellationToken);

        var made = await Task.WhenAll(orders.Select((order, i) => providers[i % 2].CreateAsync(order, TestContext.Current.CancellationToken)));

        Assert.Equal(Worktrees * 2, made.SelectMany(each => each.Ports.Values).Distinct().Count());
        Assert.Equal(Worktrees, made.Select(each => each.GitDirectory).Distinct().Count());
        foreach (var each in made)
        {
            Assert.Equal("", await scene.Git(each.Root, "status", "--porcelain"));
            Assert.Equal(each.Branch, await scene.Git(each.Root, "symbolic-ref", "HEAD"));
            Assert.Equal(Files + 1, Directory.EnumerateFiles(each.Root, "*", SearchOption.AllDirectories).Count());
        }

        Assert.Equal(configuration, await File.ReadAllTextAsync(Path.Combine(top, ".git", "config"), TestContext.Current.CancellationToken));
        Assert.All(scene.Folder.All(), each => Assert.Equal(WorkspaceState.Ready, each.State));
    }
}
