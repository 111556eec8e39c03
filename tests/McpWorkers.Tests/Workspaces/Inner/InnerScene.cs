using System.Text;
using McpWorkers.Engine.Execution.Processes;
using McpWorkers.Engine.Model;
using McpWorkers.Engine.Workspaces;
using McpWorkers.Engine.Workspaces.Changes;
using McpWorkers.Engine.Workspaces.Inner;
using Xunit;

namespace McpWorkers.Tests.Workspaces.Inner;

/// <summary>
/// A worktree whose agent is in a container. "Inside" is git with the repository that the container shows, a home without configuration, and
/// nothing of the worktree's own git directory in its environment.
/// </summary>
internal sealed class InnerScene : IDisposable
{
    private readonly InnerRepository _inner;

    public InnerScene() => _inner = new(Git.Tool, Settings);

    public GitScene Git { get; } = new();

    public WorkspaceSettings Settings { get; } = new() { CommitterName = "Robot", CommitterEmail = "robot@example.invalid" };

    public string Source { get; private set; } = "";

    public Workspace Workspace { get; private set; } = null!;

    public InnerPlace Place => InnerPlace.Of(Workspace);

    public string Tip => Git.Git(Source, "rev-parse", Workspace.Branch).GetAwaiter().GetResult();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async Task MakeAsync(params (string Path, string Text)[] files)
    {
        Source = await Git.MakeRepository(files: files);
        Workspace = await Git.Worktree(Source);
    }

    public Task<IReadOnlyList<ContainerMount>> Prepare() => _inner.PrepareAsync(Workspace, Git.Environment, Cancellation);

    public Task<IReadOnlyList<string>> BringBack() => _inner.BringBackAsync(Workspace, Git.Environment, Cancellation);

    /// <summary>As the host does it after each run.</summary>
    public async Task<CommitReport> Commit() =>
        await new WorkspaceCommits(Git.Tool, Settings).CommitAsync(Workspace, "the host's", Git.Environment, hooksDirectory: null, Cancellation);

    /// <summary>Runs a script where the agent works, with git as the container shows it.</summary>
    public async Task<string> Inside(string script)
    {
        string home = Path.Combine(Git.Root, "inside");
        Directory.CreateDirectory(home);
        var said = await CommandRunner.RunAsync(
            new CommandSpec
            {
                Executable = "/bin/sh",
                Arguments = ["-euc", script],
                WorkingDirectory = Workspace.Root,
                Environment = new Dictionary<string, string>
                {
                    ["PATH"] = Environment.GetEnvironmentVariable("PATH") ?? "",
                    ["HOME"] = home,
                    ["GIT_DIR"] = Place.Repository,
                    ["GIT_WORK_TREE"] = Workspace.Root,
                    ["GIT_CONFIG_NOSYSTEM"] = "1",
                    ["LC_ALL"] = "C",
                },
                Timeout = TimeSpan.FromMinutes(1),
            },
            Cancellation);
        Assert.True(said.ExitCode == 0, said.Stderr);
        return Encoding.UTF8.GetString(said.Stdout.Span).TrimEnd('\n');
    }

    public Task<string> Outside(params string[] arguments) => Git.Git(Workspace.Root, arguments);

    /// <summary>The commits that are kept by refs of their own.</summary>
    public async Task<string[]> Kept() =>
        (await Git.Git(Source, "for-each-ref", "--format=%(objectname)", $"refs/mcpworkers/inner/{Workspace.Id}/")).Split('\n', StringSplitOptions.RemoveEmptyEntries);

    public async Task Sound() => Assert.Equal("", await Git.Git(Source, "fsck", "--strict", "--connectivity-only", "--no-dangling", "--no-progress"));

    public void Dispose() => Git.Dispose();
}
