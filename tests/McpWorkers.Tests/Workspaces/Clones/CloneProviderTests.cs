using System.Net;
using System.Net.Sockets;
using System.Runtime.Versioning;
using System.Text;
using McpWorkers.Engine.Model;
using McpWorkers.Engine.Workspaces;
using McpWorkers.Engine.Workspaces.Clones;
using McpWorkers.Tests.Workspaces.Worktrees;
using Xunit;

namespace McpWorkers.Tests.Workspaces.Clones;

[UnsupportedOSPlatform("windows")]
public sealed class CloneProviderTests
{
    private const int Limit = 240_000;

    [Fact(Timeout = Limit)]
    public async Task Clone_is_shallow_and_stands_on_a_branch_of_its_own()
    {
        using var scene = new GitScene();
        string top = await MakeSource(scene);

        var made = await Make(scene, "project");

        Assert.Equal(Path.Combine(scene.Folder.PathOf(made.Id), "project"), made.Root);
        Assert.Equal((WorkspaceState.Ready, top, "refs/heads/main"), (made.State, made.Source, made.Target));
        Assert.Equal(await scene.Git(top, "rev-parse", "HEAD"), made.Base);
        Assert.Equal(made.Branch, await scene.Git(made.Root, "symbolic-ref", "HEAD"));
        Assert.Equal("1", await scene.Git(made.Root, "rev-list", "--count", "HEAD"));
        Assert.Equal("", await scene.Git(made.Root, "tag"));
        Assert.Equal("", await scene.Git(made.Root, "status", "--porcelain"));
        Assert.Equal(["project", "workspace.json"], Directory.EnumerateFileSystemEntries(scene.Folder.PathOf(made.Id)).Select(Path.GetFileName).Order());
    }

    [Fact(Timeout = Limit)]
    public async Task Clone_of_a_branch_has_that_branch()
    {
        using var scene = new GitScene();
        string top = await MakeSource(scene);

        var made = await Make(scene, "file://" + top, "feature/x");

        Assert.Equal("refs/heads/feature/x", made.Target);
        Assert.Equal(await scene.Git(top, "rev-parse", "feature/x"), made.Base);
        Assert.False(File.Exists(Path.Combine(made.Root, "later.txt")));
    }

    [Fact(Timeout = Limit)]
    public async Task Templates_and_hooks_of_the_user_are_not_run()
    {
        using var scene = new GitScene();
        await MakeSource(scene);
        string hook = GitScene.Write(scene.Root, "template/hooks/post-checkout", $"#!/bin/sh\ntouch '{Path.Combine(scene.Root, "ran")}'\n");
        File.SetUnixFileMode(hook, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        scene.Configure($"[init]\n\ttemplateDir = {Path.Combine(scene.Root, "template")}\n[core]\n\thooksPath = {Path.Combine(scene.Root, "template/hooks")}");

        var made = await Make(scene, "project");

        Assert.False(File.Exists(Path.Combine(scene.Root, "ran")));
        Assert.False(Directory.Exists(Path.Combine(made.GitDirectory, "hooks")));
    }

    [Fact(Timeout = Limit)]
    public async Task Repository_without_a_commit_is_cloned_with_an_empty_one()
    {
        using var scene = new GitScene();
        await scene.Git(scene.Root, "init", "--quiet", "-b", "trunk", "fresh");

        var made = await Make(scene, "fresh");

        Assert.Equal("", await scene.Git(made.Root, "ls-tree", made.Base!));
        Assert.Equal(made.Base, await scene.Git(made.Root, "rev-parse", "HEAD"));
    }

    [Fact(Timeout = Limit)]
    public async Task Missing_branch_is_told_in_a_sentence_and_nothing_is_left()
    {
        using var scene = new GitScene();
        await MakeSource(scene);

        var refused = await Assert.ThrowsAsync<RefusedException>(() => Make(scene, "project", "nowhere", ports: true));

        Assert.Contains("has no branch 'nowhere'", refused.Message, StringComparison.Ordinal);
        AssertNothingIsLeft(scene);
    }

    [Theory(Timeout = Limit)]
    [InlineData("-x")]
    [InlineData("a b")]
    [InlineData("a..b")]
    [InlineData("main\n")]
    public async Task Name_that_no_branch_can_have_is_refused(string branch)
    {
        using var scene = new GitScene();
        await MakeSource(scene);

        var refused = await Assert.ThrowsAsync<RefusedException>(() => Make(scene, "project", branch));

        Assert.Contains("'branch'", refused.Message, StringComparison.Ordinal);
        AssertNothingIsLeft(scene);
    }

    [Fact(Timeout = Limit)]
    public async Task Password_reaches_the_server_and_is_in_no_message()
    {
        using var scene = new GitScene();
        using var server = new TcpListener(IPAddress.Loopback, 0);
        server.Start();
        int port = ((IPEndPoint)server.LocalEndpoint).Port;
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        var asked = new List<string>();
        var serving = AnswerAsync(server, asked, ended.Token);

        var refused = await Assert.ThrowsAsync<RefusedException>(() => Make(scene, $"http://me:s3cret@127.0.0.1:{port}/a.git", ports: true));
        await ended.CancelAsync();
        await serving;

        Assert.Contains($"http://127.0.0.1:{port}/a.git", refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("s3cret", refused.Message, StringComparison.Ordinal);
        Assert.Contains(asked, header => header.Contains("Authorization: Basic " + Convert.ToBase64String("me:s3cret"u8), StringComparison.OrdinalIgnoreCase));
        AssertNothingIsLeft(scene);
    }

    [Fact(Timeout = Limit)]
    public async Task Programs_that_the_repositorys_configuration_names_are_not_run()
    {
        using var scene = new GitScene();
        string top = await MakeSource(scene);
        string ran = Path.Combine(scene.Root, "ran");
        string program = GitScene.Write(scene.Root, "program", $"#!/bin/sh\ntouch '{ran}'\ncat\n");
        File.SetUnixFileMode(program, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        foreach (string key in new[] { "core.fsmonitor", "core.sshCommand", "uploadpack.packObjectsHook", "core.alternateRefsCommand", "core.pager" })
        {
            await scene.Git(top, "config", key, program);
        }

        await Make(scene, "project");

        Assert.False(File.Exists(ran), "a program that the repository names was run");
    }

    [Fact(Timeout = Limit)]
    public async Task Path_with_signs_that_mean_something_in_a_url_is_a_path()
    {
        using var scene = new GitScene();
        string top = await scene.MakeRepository("50%25 off?#x");

        var made = await Make(scene, top);

        Assert.Equal(await scene.Git(top, "rev-parse", "HEAD"), made.Base);
    }

    private static async Task<Workspace> Make(GitScene scene, string repository, string? branch = null, bool ports = false)
    {
        var order = scene.Order(scene.Root) with
        {
            Spec = new() { Kind = WorkspaceKind.Clone, Repository = repository, Branch = branch },
            Ports = ports ? ["PORT"] : [],
        };
        return await new CloneProvider(scene.Tool, scene.Folder, Workplaces.Settings, scene.Ports(), TimeProvider.System)
            .CreateAsync(order, TestContext.Current.CancellationToken);
    }

    private static void AssertNothingIsLeft(GitScene scene)
    {
        Assert.Empty(Directory.Exists(scene.Folder.Root) ? Directory.EnumerateFileSystemEntries(scene.Folder.Root) : []);
        string ports = scene.Folder.Beside("ports");
        Assert.Empty(Directory.Exists(ports) ? Directory.EnumerateFileSystemEntries(ports) : []);
    }

    /// <summary>A server that asks for a password and lets nobody in.</summary>
    private static async Task AnswerAsync(TcpListener server, List<string> asked, CancellationToken cancellationToken)
    {
        try
        {
            while (true)
            {
                using var client = await server.AcceptTcpClientAsync(cancellationToken);
                await using var stream = client.GetStream();
                string header = "";
                byte[] buffer = new byte[4096];
                while (!header.Contains("\r\n\r\n", StringComparison.Ordinal) && await stream.ReadAsync(buffer, cancellationToken) is > 0 and var count)
                {
                    header += Encoding.ASCII.GetString(buffer, 0, count);
                }

                asked.Add(header);
                string status = header.Contains("authorization:", StringComparison.OrdinalIgnoreCase) ? "403 Forbidden" : "401 Unauthorized\r\nWWW-Authenticate: Basic realm=\"scene\"";
                await stream.WriteAsync(Encoding.ASCII.GetBytes($"HTTP/1.1 {status}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"), cancellationToken);
            }
        }
        catch (OperationCanceledException)
        {
            // The test is over.
        }
    }

    private static async Task<string> MakeSource(GitScene scene)
    {
        string top = await scene.MakeRepository();
        await scene.Git(top, "branch", "feature/x");
        await scene.Git(top, "tag", "v1");
        GitScene.Write(top, "later.txt", "later");
        await scene.Commit(top);
        return top;
    }
}
