using System.Collections.Concurrent;
using McpWorkers.Engine.Model;
using McpWorkers.Engine.Workspaces.Changes;
using McpWorkers.Engine.Workspaces.Git;

namespace McpWorkers.Engine.Workspaces.Inner;

/// <summary>
/// The repository that a worktree's agent sees in its container: one of its own, with the source's objects to read as alternates. Outside
/// the worktree stays what it is. So nothing in a container ever writes into the source's <c>.git</c>; what the agent committed is brought
/// back by the host.
/// </summary>
internal sealed class InnerRepository(GitTool git, WorkspaceSettings settings)
{
    private readonly ConcurrentDictionary<string, SemaphoreSlim> _turns = new();

    /// <summary>Makes it, or sets it to where the worktree's branch is now. Before each launch.</summary>
    /// <returns>What is to be mounted, the worktree itself included.</returns>
    /// <exception cref="RefusedException">Git failed, or the repository's layout cannot be shown in a container.</exception>
    public Task<IReadOnlyList<ContainerMount>> PrepareAsync(Workspace workspace, IReadOnlyDictionary<string, string> environment, CancellationToken cancellationToken) =>
        InTurnAsync($"The worktree of '{workspace.Id}' cannot be shown in a container", workspace.Id, async () =>
        {
            var place = InnerPlace.Of(workspace);
            var outside = git.Open(workspace.Place, environment);
            var stores = ObjectStores.Of(workspace.CommonDirectory);
            if (place.Exists)
            {
                await BringOrSetAsideAsync(place, workspace, environment, cancellationToken);
            }

            string? branch = await outside.BranchAsync(cancellationToken);
            var stand = new InnerStand(
                workspace.Branch, await outside.ResolveAsync(workspace.Branch, cancellationToken), await outside.ResolveAsync("HEAD", cancellationToken), branch == workspace.Branch);
            var making = new InnerMaking(place, outside, stores, stand);
            if (!place.Exists)
            {
                await making.MakeAsync(settings, environment, cancellationToken);
            }
            else
            {
                making.Mend();
                if (place.Unfinished() is null)
                {
                    await making.SetAsync(cancellationToken);
                }
            }

            new InnerState(stand.Tip, stand.Head, (await ReadAsync(place, outside, cancellationToken)).Digest()).Write(place);
            return Mounts(place, workspace.Root, Path.Combine(workspace.GitDirectory, "modules"), stores);
        });

    /// <summary>The same for a worktree of the host's own that nothing is brought back from, such as one for checks.</summary>
    /// <param name="worktree">With its files, and an index.</param>
    /// <param name="beside">A directory that nothing but the worktree is in, and that goes with it.</param>
    /// <exception cref="RefusedException">Git failed, or the repository's layout cannot be shown in a container.</exception>
    public Task<IReadOnlyList<ContainerMount>> ShowAsync(
        RepositoryPlace worktree, string beside, IReadOnlyDictionary<string, string> environment, CancellationToken cancellationToken) =>
        GitRefusal.GuardAsync($"'{worktree.WorkTree}' cannot be shown in a container", async () =>
        {
            var place = new InnerPlace(beside);
            var outside = git.Open(worktree, environment);
            var stores = ObjectStores.Of(worktree.CommonDirectory);
            var stand = new InnerStand(null, null, await outside.ResolveAsync("HEAD", cancellationToken), IsOnBranch: false);
            place.Delete();
            await new InnerMaking(place, outside, stores, stand).MakeAsync(settings, environment, cancellationToken);
            return Mounts(place, worktree.WorkTree!, Path.Combine(worktree.GitDirectory, "modules"), stores);
        });

    /// <summary>Brings the commits of the agent into the worktree's branch; its files stay as they are. After each run, before the host's own commit.</summary>
    /// <returns>What a user should know, such as commits that could not be brought; each a sentence.</returns>
    /// <exception cref="RefusedException">Git failed: nothing was brought, and the inner repository still has it.</exception>
    public Task<IReadOnlyList<string>> BringBackAsync(Workspace workspace, IReadOnlyDictionary<string, string> environment, CancellationToken cancellationToken)
    {
        var place = InnerPlace.Of(workspace);
        return !place.Exists && place.SetAside().Count == 0
            ? Task.FromResult<IReadOnlyList<string>>([])
            : InTurnAsync($"What the agent of '{workspace.Id}' committed could not be brought out of '{place.Repository}', where it stays", workspace.Id, async () =>
                (IReadOnlyList<string>)[.. await BringAsync(place, workspace, environment, cancellationToken), .. place.SetAside().Select(ToldAside)]);
    }

    private static string ToldAside(string path) =>
        $"'{path}' is what an agent had in its container, and could not be brought. Take out of it what you need as data that is not trusted; then delete it.";

    private static IReadOnlyList<ContainerMount> Mounts(InnerPlace place, string root, string modules, IReadOnlyList<string> stores)
    {
        string pointed = $"gitdir: {place.Repository}\n";

        // Only where it says something else: a container that is kept shows the very file.
        if (!File.Exists(place.Pointer) || File.ReadAllText(place.Pointer) != pointed)
        {
            File.WriteAllText(place.Pointer, pointed);
        }

        return
        [
            new(root, root, IsReadOnly: false),
            new(place.Pointer, Path.Combine(root, ".git")),
            new(place.Repository, place.Repository, IsReadOnly: false),
            .. stores.Select(store => new ContainerMount(store, store)),
            .. Directory.Exists(modules) ? new[] { new ContainerMount(modules, modules) } : [],
        ];
    }

    private static async Task<InnerRefs> ReadAsync(InnerPlace place, GitRepository outside, CancellationToken cancellationToken)
    {
        string format = (await outside.RunAsync(["rev-parse", "--show-object-format"], cancellationToken)).Text;
        return InnerRefs.Read(place.Repository, format == "sha256" ? 64 : 40);
    }

    private async Task<IReadOnlyList<string>> BringAsync(
        InnerPlace place, Workspace workspace, IReadOnlyDictionary<string, string> environment, CancellationToken cancellationToken)
    {
        // Without a state nobody was given the repository yet.
        if (!place.Exists || InnerState.Read(place) is not { } state)
        {
            return [];
        }

        var outside = git.Open(workspace.Place, environment);
        var refs = await ReadAsync(place, outside, cancellationToken);
        string digest = refs.Digest();
        var notes = new List<string>();
        if (digest != state.Digest)
        {
            string[] ids = [.. refs.Ids.Values.Concat(refs.Logged).Append(refs.HeadId).OfType<string>().Distinct()];
            var commits = await new InnerObjects(git, place, outside, environment).TakeAsync(ids, cancellationToken);
            notes.AddRange(await new InnerBringing(workspace, outside, place).RunAsync(refs, state, commits, cancellationToken));
            new InnerState(
                await outside.ResolveAsync(workspace.Branch, cancellationToken), await outside.ResolveAsync("HEAD", cancellationToken), digest).Write(place);
        }

        return notes;
    }

    /// <summary>What an earlier run left and nobody brought, for its host died, is brought now; what cannot be is never written over.</summary>
    private async Task BringOrSetAsideAsync(
        InnerPlace place, Workspace workspace, IReadOnlyDictionary<string, string> environment, CancellationToken cancellationToken)
    {
        try
        {
            await BringAsync(place, workspace, environment, cancellationToken);
        }
        catch (Exception e) when (e is GitException or RefusedException or IOException or UnauthorizedAccessException)
        {
            place.PutAside();
        }
    }

    private async Task<T> InTurnAsync<T>(string what, string id, Func<Task<T>> action)
    {
        var turn = _turns.GetOrAdd(id, _ => new(1));
        await turn.WaitAsync();
        try
        {
            return await GitRefusal.GuardAsync(what, action);
        }
        finally
        {
            turn.Release();
        }
    }
}
