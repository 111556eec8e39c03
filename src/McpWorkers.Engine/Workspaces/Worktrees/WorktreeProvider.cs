using System.Collections.Concurrent;
using McpWorkers.Engine.Model;
using McpWorkers.Engine.Workspaces.Git;
using McpWorkers.Engine.Workspaces.Ports;

namespace McpWorkers.Engine.Workspaces.Worktrees;

/// <summary>
/// Gives a worker a git worktree on a branch of its own. The repository's own configuration is neither followed nor written: the branch
/// tracks nothing, and what is particular to the worktree lies in its private git directory. So many can be made at once.
/// </summary>
internal sealed class WorktreeProvider(GitTool git, WorkspaceFolder folder, WorkspaceSettings settings, PortLeases ports, TimeProvider time) : IWorkspaceProvider
{
    private readonly ConcurrentDictionary<string, Turns> _turns = new();

    public WorkspaceKind Kind => WorkspaceKind.Worktree;

    /// <summary>Bytes that may still be written at a directory.</summary>
    internal Func<string, long> FreeAt { get; init; } = DiskRoom.FreeAt;

    public async Task CheckAsync(IReadOnlyList<WorkspaceOrder> orders, CancellationToken cancellationToken)
    {
        try
        {
            long needed = 0;
            foreach (var same in orders.GroupBy(order => (order.Directory, order.Spec.From, order.Spec.BringChanges)))
            {
                var source = await WorktreeSource.ReadAsync(git, same.First(), cancellationToken);
                if (same.Key.BringChanges && !source.HasFiles)
                {
                    throw new RefusedException(RefusalCode.InvalidArgument, $"'{source.Path}' has no files of its own, so there are no changes to bring. Do not ask for them.");
                }

                needed += source.Commit is { } commit ? same.Count() * await DiskRoom.EstimateAsync(source.Repository, commit, cancellationToken) : 0;
            }

            DiskRoom.Ensure(needed, FreeAt(folder.Root), orders.Count == 1 ? "The worktree would" : $"The {orders.Count} worktrees would", folder.Root);
        }
        catch (GitException e)
        {
            throw new RefusedException(RefusalCode.InvalidArgument, $"No worktree can be made from '{orders[0].Directory}'. {e.Message}");
        }

        ports.EnsureLeft(orders.Sum(order => order.Ports.Distinct().Count()));
    }

    public async Task<Workspace> CreateAsync(WorkspaceOrder order, CancellationToken cancellationToken)
    {
        var source = await ReadAsync(order, cancellationToken);
        var place = source.Repository.Place;
        string root = Path.Combine(folder.PathOf(order.Id), PlaceName.Of(place.CommonDirectory));
        var record = new Workspace
        {
            Id = order.Id,
            Kind = Kind,
            State = WorkspaceState.Creating,
            Root = root,
            WorkingDirectory = root,
            GitDirectory = WorktreeEntry.GitDirectoryOf(place, order.Id),
            CommonDirectory = place.CommonDirectory,
            Source = source.Path,
            Branch = "refs/heads/mcpworkers/" + order.Id,
            Target = source.Branch,
            OwnerMark = order.OwnerMark,
            Created = time.GetUtcNow(),
        };
        var entry = new WorktreeEntry(source.Repository, record);
        var turns = _turns.GetOrAdd(place.CommonDirectory, _ => new());
        await turns.Making.WaitAsync(cancellationToken);
        try
        {
            return await new NewPlace(folder, ports).MakeAsync(
                record, order.Ports, begun => FillAsync(order, source, entry, turns, begun, cancellationToken), entry.RemoveAsync);
        }
        finally
        {
            turns.Making.Release();
        }
    }

    private async Task<WorktreeSource> ReadAsync(WorkspaceOrder order, CancellationToken cancellationToken)
    {
        try
        {
            return await WorktreeSource.ReadAsync(git, order, cancellationToken);
        }
        catch (GitException e)
        {
            throw new RefusedException(RefusalCode.InvalidArgument, $"No worktree can be made from '{order.Directory}'. {e.Message}");
        }
    }

    private async Task<Workspace> FillAsync(
        WorkspaceOrder order, WorktreeSource source, WorktreeEntry entry, Turns turns, Workspace record, CancellationToken cancellationToken)
    {
        var notes = new List<string>();
        bool describes = source.HasFiles && order.Spec is { From: null, BringChanges: false };
        var left = describes ? BroughtChanges.DescribeAsync(source.Repository, cancellationToken) : Task.FromResult<string?>(null);
        try
        {
            string commit = await StartAsync(order, source, notes, cancellationToken);
            await AddAsync(entry, commit, turns, cancellationToken);
            await SparseFiles.BringAsync(source.Repository, record.GitDirectory, cancellationToken);
            var made = source.Repository.At(record.Place);
            await made.RunAsync(["-c", "checkout.workers=0", "reset", "--quiet", "--hard", "--no-recurse-submodules", commit], cancellationToken);
            notes.AddRange(await new Submodules(git, order.Environment).FillAsync(source.Repository, made, cancellationToken));
            notes.AddRange(await PointerFiles.DescribeAsync(made, cancellationToken));
            var (included, refused) = source.HasFiles ? await IncludedFiles.BringAsync(source.Repository, record.Root, cancellationToken) : ([], []);
            return record with
            {
                Base = commit,
                WorkingDirectory = WorkingDirectoryOf(order, source, record.Root),
                Included = included,
                Notes = [.. await left is { } note ? new[] { note } : [], .. notes, .. refused],
            };
        }
        finally
        {
            // Also where something else failed: nobody else waits for it.
            await left.ContinueWith(static _ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
        }
    }

    private static async Task AddAsync(WorktreeEntry entry, string commit, Turns turns, CancellationToken cancellationToken)
    {
        await turns.Adding.WaitAsync(cancellationToken);
        try
        {
            await entry.AddAsync(commit, cancellationToken);
        }
        finally
        {
            turns.Adding.Release();
        }
    }

    /// <returns>The commit from which the worker starts.</returns>
    private async Task<string> StartAsync(WorkspaceOrder order, WorktreeSource source, List<string> notes, CancellationToken cancellationToken)
    {
        string start = source.Commit ?? await EmptyCommit.MakeAsync(source.Repository, settings, cancellationToken);
        if (!order.Spec.BringChanges)
        {
            return start;
        }

        if (!source.HasFiles)
        {
            throw new RefusedException(RefusalCode.InvalidArgument, $"'{source.Path}' has no files of its own, so there are no changes to bring. Do not ask for them.");
        }

        var (commit, leftOut) = await BroughtChanges.CommitAsync(
            source.Repository, start, Path.Combine(folder.PathOf(order.Id), "index"), settings, cancellationToken);
        if (leftOut.Count > 0)
        {
            notes.Add($"Not brought, since they are repositories of their own: {string.Join(", ", leftOut)}.");
        }

        return commit;
    }

    /// <summary>The same directory below the top as the one from which the worker is asked for, where there is such a one.</summary>
    private static string WorkingDirectoryOf(WorkspaceOrder order, WorktreeSource source, string root)
    {
        string asked = LinkedPath.Resolve(order.Directory);
        if (source.Repository.Place.WorkTree is not { } top || !LinkedPath.IsWithin(asked, top) || asked == top)
        {
            return root;
        }

        string same = Path.Combine(root, Path.GetRelativePath(top, asked));
        return Directory.Exists(same) && LinkedPath.Resolve(same) == same ? same : root;
    }

    /// <summary>Of one repository.</summary>
    private sealed class Turns
    {
        /// <summary>More at once than there are processors only disturb each other.</summary>
        public SemaphoreSlim Making { get; } = new(Environment.ProcessorCount);

        /// <summary>Two <c>git worktree add</c> at once can fail on each other's half-written entries.</summary>
        public SemaphoreSlim Adding { get; } = new(1);
    }
}
