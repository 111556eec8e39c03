using McpWorkers.Engine.Model;
using McpWorkers.Engine.Workspaces.Changes;
using McpWorkers.Engine.Workspaces.Git;

namespace McpWorkers.Engine.Workspaces.Merging;

/// <summary>Says beforehand what would collide, without touching a file or a branch.</summary>
internal sealed class Forecast(GitTool git, WorkspaceFolder folder)
{
    private const int PairsAtOnce = 4;

    /// <param name="wanted">For which the forecast is made, as if each were merged now.</param>
    /// <param name="others">The workspaces that they are compared with; those among the wanted, of other repositories, and empty ones may be in it.</param>
    /// <param name="into">A branch's name; null for each one's own target.</param>
    /// <exception cref="RefusedException">There is no such branch, one of the wanted is a clone, or git failed.</exception>
    public Task<IReadOnlyList<MergeForecast>> RunAsync(
        IReadOnlyList<Workspace> wanted, IReadOnlyList<Workspace> others, string? into, IReadOnlyDictionary<string, string> environment,
        CancellationToken cancellationToken) =>
        GitRefusal.GuardAsync("What lies ahead cannot be told", async () =>
        {
            string id = $"forecast-{Guid.NewGuid():N}";
            var merges = new MergeFolder(folder.Beside("merges"));
            try
            {
                using var held = merges.Begin(id);
                return await RunAsync(merges.PathOf(id), wanted, others, into, environment, cancellationToken);
            }
            finally
            {
                merges.Drop(id);
            }
        });

    private async Task<IReadOnlyList<MergeForecast>> RunAsync(
        string scratch, IReadOnlyList<Workspace> wanted, IReadOnlyList<Workspace> others, string? into, IReadOnlyDictionary<string, string> environment,
        CancellationToken cancellationToken)
    {
        var sides = new Dictionary<string, Side>();
        foreach (var workspace in wanted.Concat(others.Where(other => wanted.Any(one => one.CommonDirectory == other.CommonDirectory))).DistinctBy(each => each.Id))
        {
            if (workspace is { State: WorkspaceState.Ready, Base: not null } && Directory.Exists(workspace.Root))
            {
                sides[workspace.Id] = await SideAsync(workspace, environment, cancellationToken);
            }
        }

        var forecasts = new List<MergeForecast>();
        var trials = new Dictionary<(string, string), TrialMerge>();
        var pairs = new Dictionary<(string, string), Task<Collision?>>();
        using var places = new SemaphoreSlim(PairsAtOnce);
        foreach (var workspace in wanted)
        {
            var target = await MergeTarget.FindAsync(git, workspace, into, environment, cancellationToken);
            if (!sides.TryGetValue(workspace.Id, out var side) || side.IsEmpty)
            {
                forecasts.Add(new(workspace.Id, target.Name, [], []));
                continue;
            }

            var key = (workspace.CommonDirectory, target.Ref);
            if (!trials.TryGetValue(key, out var trial))
            {
                string place = Path.Combine(scratch, trials.Count.ToString(System.Globalization.CultureInfo.InvariantCulture));
                trials[key] = trial = await TrialMerge.OpenAsync(git, workspace.CommonDirectory, place, target.Commit, environment, cancellationToken);
            }

            var collisions = new List<Collision>();
            if (side.Unfinished.Count > 0)
            {
                collisions.Add(new($"what is unfinished in {workspace.Root}", side.Unfinished));
            }

            var merged = target.Commit is null ? null : await trial.IntoTargetAsync(workspace, side.Commit, cancellationToken);
            if (merged is { IsClean: false })
            {
                collisions.Add(new(target.Name, merged.Conflicts));
            }
            else if (await InTheWayAsync(target, merged?.Tree ?? side.Commit, environment, cancellationToken) is { } inTheWay)
            {
                collisions.Add(inTheWay);
            }

            var near = sides.Values.Where(other => other.Workspace.Id != workspace.Id && !other.IsEmpty && other.Workspace.CommonDirectory == workspace.CommonDirectory)
                .OrderBy(other => other.Workspace.Created).ThenBy(other => other.Workspace.Id, StringComparer.Ordinal).ToList();
            var found = await Task.WhenAll(near.Select(other => BetweenAsync(side, other)));
            collisions.AddRange(near.Zip(found).Where(each => each.Second is not null).Select(each => each.Second! with { With = each.First.Workspace.Id }));
            var overlaps = near.Select(other => new Collision(other.Workspace.Id, [.. side.Files.Intersect(other.Files).Order(StringComparer.Ordinal)]));
            forecasts.Add(new(workspace.Id, target.Name, collisions, [.. overlaps.Where(overlap => overlap.Files.Count > 0)]));

            Task<Collision?> BetweenAsync(Side one, Side other)
            {
                // Both ways round it is the same question.
                var pair = string.CompareOrdinal(one.Workspace.Id, other.Workspace.Id) < 0 ? (one, other) : (other, one);
                var name = (pair.Item1.Workspace.Id, pair.Item2.Workspace.Id);
                return pairs.TryGetValue(name, out var known) ? known : pairs[name] = TryAsync(pair.Item1.Commit, pair.Item2.Commit);
            }

            async Task<Collision?> TryAsync(string one, string other)
            {
                await places.WaitAsync(cancellationToken);
                try
                {
                    var result = await trial.BetweenAsync(one, other, cancellationToken);
                    return result.IsClean ? null : new("", result.Conflicts);
                }
                finally
                {
                    places.Release();
                }
            }
        }

        return forecasts;
    }

    /// <summary>What lies in the worktree that has the target checked out, where its files would have to follow.</summary>
    private async Task<Collision?> InTheWayAsync(
        MergeTarget target, string to, IReadOnlyDictionary<string, string> environment, CancellationToken cancellationToken)
    {
        if (target.Checkout is not { } place)
        {
            return null;
        }

        var checkout = git.Open(place, environment);
        string from = target.Commit ?? await checkout.EmptyTreeAsync(cancellationToken);
        return await TargetMove.CannotFollowAsync(checkout, null, from, to, cancellationToken) is { } found
            ? new($"{(found.Files.Count > 0 ? "uncommitted files" : "what is unfinished")} in {place.WorkTree}", found.Files)
            : null;
    }

    /// <summary>What a worker would bring if it ended now: what it has not committed yet counts, in a commit that no branch holds.</summary>
    private async Task<Side> SideAsync(Workspace workspace, IReadOnlyDictionary<string, string> environment, CancellationToken cancellationToken)
    {
        var standing = await Standing.ReadAsync(git, workspace, environment, cancellationToken);
        var repository = git.Open(workspace.Place, environment);
        string commit = standing.Head;
        if (standing.Uncommitted.Count > 0)
        {
            var asNow = repository.With(
                ("GIT_AUTHOR_NAME", "m"), ("GIT_AUTHOR_EMAIL", "m@localhost"), ("GIT_COMMITTER_NAME", "m"), ("GIT_COMMITTER_EMAIL", "m@localhost"));
            commit = (await asNow.RunAsync(["commit-tree", standing.Tree, "-p", standing.Head, "-m", "as it is now"], cancellationToken)).Text;
        }

        var said = await repository.RunAsync(["diff-tree", "-r", "-z", "--name-only", "--no-renames", standing.Base, commit], cancellationToken);
        bool isUnfinished = standing.Uncommitted.Count > 0 && await Changes.Unfinished.FindAsync(repository, cancellationToken) is not null;
        return new(workspace, commit, commit == standing.Base, said.Fields, isUnfinished ? standing.Uncommitted : []);
    }

    /// <param name="Unfinished">What a merge would refuse to leave behind: nobody commits it in the middle of a rebase or a conflict.</param>
    private sealed record Side(Workspace Workspace, string Commit, bool IsEmpty, IReadOnlyList<string> Files, IReadOnlyList<string> Unfinished);
}
