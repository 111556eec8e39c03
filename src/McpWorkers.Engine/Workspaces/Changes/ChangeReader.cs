using McpWorkers.Engine.Model;
using McpWorkers.Engine.Workspaces.Checks;
using McpWorkers.Engine.Workspaces.Git;

namespace McpWorkers.Engine.Workspaces.Changes;

/// <summary>Tells what a workspace holds beyond what it started from, at any time: also while its worker is at work.</summary>
internal sealed class ChangeReader(GitTool git)
{
    private const int CommitsMax = 100;
    private const int FilesMax = 1_000;
    private const int SubjectCharactersMax = 500;

    /// <summary>Read two trees only: what a user's settings would do to a diff for people is left out.</summary>
    private static readonly string[] Plain = ["--no-ext-diff", "--no-textconv", "--no-color"];

    /// <summary>The files are those that differ now, committed or not; what of them is in no commit is listed apart.</summary>
    /// <exception cref="RefusedException">The workspace cannot be read.</exception>
    public Task<WorkspaceChanges> ReadAsync(Workspace workspace, IReadOnlyDictionary<string, string> environment, CancellationToken cancellationToken) =>
        GitRefusal.GuardAsync($"The changes of '{workspace.Id}' in '{workspace.Root}' cannot be read", async () =>
        {
            var standing = await Standing.ReadAsync(git, workspace, environment, cancellationToken);
            var repository = git.Open(workspace.Place, environment);
            var said = await repository.RunAsync(
                ["diff-tree", "-r", "--raw", "--numstat", "-z", "-M", "-C", .. Plain, standing.Base, standing.Tree], cancellationToken);
            var files = DiffRecords.Parse(said.Fields);
            return new WorkspaceChanges
            {
                Path = workspace.Root,
                Branch = standing.Branch?["refs/heads/".Length..],
                Base = standing.Base,
                Head = standing.Head,
                Commits = await CommitsAsync(repository, standing, cancellationToken),
                Files = [.. files.Take(FilesMax)],
                FileCount = files.Count,
                Added = Sum(files.Select(file => file.Added)),
                Deleted = Sum(files.Select(file => file.Deleted)),
                NestedRepositories = standing.Inner.Nested,
                Uncommitted = standing.Uncommitted,
            };
        });

    /// <summary>
    /// Writes a patch that makes what is there now, committed or not, out of what the workspace started from: <c>git apply</c> takes it, binary
    /// files and renames included. Of any size: nothing is held.
    /// </summary>
    /// <exception cref="RefusedException">The workspace cannot be read; a part may have been written.</exception>
    public Task WritePatchAsync(Workspace workspace, Stream to, IReadOnlyDictionary<string, string> environment, CancellationToken cancellationToken) =>
        GitRefusal.GuardAsync($"The changes of '{workspace.Id}' in '{workspace.Root}' cannot be read", async () =>
        {
            var standing = await Standing.ReadAsync(git, workspace, environment, cancellationToken);
            await git.Open(workspace.Place, environment).StreamAsync(
                ["diff-tree", "-r", "-p", "--binary", "--full-index", "-M", "--src-prefix=a/", "--dst-prefix=b/", .. Plain, standing.Base, standing.Tree],
                default,
                to,
                cancellationToken);
            return true;
        });

    private static async Task<IReadOnlyList<CommitLine>> CommitsAsync(GitRepository repository, Standing standing, CancellationToken cancellationToken)
    {
        var said = await repository.RunAsync(
            ["rev-list", "--reverse", "--topo-order", $"--max-count={CommitsMax}", "--no-commit-header", "--encoding=UTF-8", "--format=%H %s", $"{standing.Base}..{standing.Head}"],
            cancellationToken);
        return [.. said.Lines.Select(line => line.Split(' ', 2)).Select(parts => new CommitLine(parts[0], VisibleText.Of(Cut(parts.ElementAtOrDefault(1) ?? ""))))];
    }

    private static string Cut(string subject) => subject.Length <= SubjectCharactersMax ? subject : subject[..SubjectCharactersMax] + "…";

    private static int Sum(IEnumerable<int?> counts) => (int)Math.Min(int.MaxValue, counts.Sum(count => (long)(count ?? 0)));
}
