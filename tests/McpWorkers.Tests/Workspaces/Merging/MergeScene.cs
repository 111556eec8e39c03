using McpWorkers.Engine.Execution;
using McpWorkers.Engine.Execution.Processes;
using McpWorkers.Engine.Model;
using McpWorkers.Engine.Workspaces;
using McpWorkers.Engine.Workspaces.Checks;
using McpWorkers.Engine.Workspaces.Merging;
using Xunit;

namespace McpWorkers.Tests.Workspaces.Merging;

/// <summary>A repository with main checked out, and workers' worktrees of it to be merged.</summary>
public abstract class MergeScene : IDisposable
{
    internal GitScene Git { get; } = new();

    internal static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        GC.SuppressFinalize(this);
        Git.Dispose();
    }

    internal Merger NewMerger(Action<string>? reached = null, ILauncher? launcher = null) => new(
        Git.Tool, Git.Folder, new WorkspaceSettings(), new CheckRunner(launcher ?? new ProcessLauncher(TimeProvider.System), TimeProvider.System), TimeProvider.System)
    {
        Reached = reached,
    };

    internal Task<MergeOutcome> Merge(Workspace workspace, MergeRequest? request = null) =>
        NewMerger().MergeAsync(Git.Again(workspace), request ?? new(), Git.Environment, Cancellation);

    internal Task<string> Head(Workspace workspace, string branch = "main") => Git.Git(workspace.CommonDirectory, "rev-parse", branch);

    internal Task<string> Status(string directory) => Git.Git(directory, "status", "--porcelain", "--untracked-files=all");

    /// <summary>Nothing of a merge is left: no directory, no journal, no worktree, no lock.</summary>
    internal void NothingLeft(Workspace workspace)
    {
        string merges = Git.Folder.Beside("merges");
        Assert.Empty(Directory.Exists(merges) ? Directory.GetFileSystemEntries(merges) : []);
        Assert.Empty(Directory.GetDirectories(Path.Combine(workspace.CommonDirectory, "worktrees"), "mcpworkers-merge-*"));
        Assert.DoesNotContain(Directory.GetFiles(workspace.CommonDirectory), path => Path.GetFileName(path).StartsWith("index.", StringComparison.Ordinal));
    }

    internal static MergeChecks Checks(params string[] commands) => new()
    {
        Commands = commands,
        Environment = new Dictionary<string, string> { ["PATH"] = Environment.GetEnvironmentVariable("PATH")! },
        Timeout = TimeSpan.FromSeconds(20),
        OwnerMark = "merge-scene",
    };
}
