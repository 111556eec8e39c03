using System.Collections.Concurrent;
using McpWorkers.Engine.Execution;
using McpWorkers.Engine.Model;
using McpWorkers.Engine.Workers.Containers;
using McpWorkers.Engine.Workers.Homes;
using McpWorkers.Engine.Workspaces;
using McpWorkers.Engine.Workspaces.Changes;

namespace McpWorkers.Engine.Workers.Places;

/// <summary>Makes the places of workers and gives them back. What is made here is known by its record, not by this host's memory.</summary>
internal sealed class PlaceKeeper
{
    private readonly string _dataDirectory;
    private readonly IRunHome _home;

    /// <summary>Those whose workers may not show yet: nobody may take them for left behind.</summary>
    private readonly ConcurrentDictionary<string, bool> _made = new();

    private readonly Lazy<PlaceTools> _tools;
    private bool _isRecovered;

    public PlaceKeeper(HostSettings settings, ILauncher launcher, IRunHome home, TimeProvider time)
    {
        _dataDirectory = settings.DataDirectory;
        _home = home;
        Folder = new WorkspaceFolder(settings.DataDirectory);
        Locks = new PlaceLocks(Folder.Beside("locks"));

        // A host that has no workspaces touches nothing.
        _tools = new(() => new PlaceTools(settings, Folder, launcher, home.Mark, time));
    }

    /// <summary>Of this host's runs and commands.</summary>
    public string OwnerMark => _home.Mark;

    public WorkspaceFolder Folder { get; }

    public PlaceLocks Locks { get; }

    public PlaceTools Tools => _tools.Value;

    private PlaceWork Work => new(this);

    /// <summary>The place of a worker that is there already.</summary>
    public WorkPlace Of(string workerId, PlaceRequest request) =>
        Of(workerId, Folder.Find(workerId), request);

    /// <summary>All of them, or none.</summary>
    /// <exception cref="RefusedException">They cannot be made, and why.</exception>
    public async Task<IReadOnlyList<WorkPlace>> MakeAsync(IReadOnlyList<string> ids, PlaceRequest request)
    {
        request.Check();
        var spec = request.EffectiveSpec;
        if (spec.Kind == WorkspaceKind.Directory)
        {
            if (request.Launch.Launcher == LauncherKind.Container)
            {
                PlaceMounts.Check(request.Directory, _dataDirectory);
            }

            return [.. ids.Select(id => Of(id, null, request))];
        }

        return await GitRefusal.GuardAsync("The workspaces could not be made", async () =>
        {
            var provider = Tools.Providers.Single(provider => provider.Kind == spec.Kind);
            var ports = await PortsAsync(request, spec);
            List<WorkspaceOrder> orders =
            [
                .. ids.Select(id => new WorkspaceOrder
                {
                    Id = id,
                    Spec = spec,
                    Directory = request.Directory,
                    Environment = request.Environment,
                    OwnerMark = _home.Mark,
                    Ports = ports,
                }),
            ];
            await provider.CheckAsync(orders, CancellationToken.None);
            orders.ForEach(order => _made[order.Id] = true);
            var making = orders.Select(order => provider.CreateAsync(order, CancellationToken.None)).ToList();
            try
            {
                return (IReadOnlyList<WorkPlace>)[.. (await Task.WhenAll(making)).Select(workspace => Of(workspace.Id, WithChecks(workspace, request), request))];
            }
            catch
            {
                orders.ForEach(order => _made.TryRemove(order.Id, out _));
                await Task.WhenAll(making.Where(task => task.IsCompletedSuccessfully).Select(task => TryRemoveUnusedAsync(task.Result.Id)));
                throw;
            }
        });
    }

    /// <summary>Of workers that came to nothing.</summary>
    public Task UnmakeAsync(IEnumerable<WorkPlace> places) => Task.WhenAll(places.Select(place => place.WorkspaceId).OfType<string>().Select(CloseAsync));

    /// <summary>Of a worker that is closed: what holds nothing goes, and what holds something stays.</summary>
    public async Task CloseAsync(string workerId)
    {
        if (Folder.Find(workerId) is not null)
        {
            _made.TryRemove(workerId, out _);
            Tools.Ports.Release(workerId);
            await TryRemoveUnusedAsync(workerId);
        }
    }

    /// <summary>Removes a workspace that holds nothing, or nothing that is not merged.</summary>
    /// <returns>Null where it is gone; else why it stays.</returns>
    public async Task<string?> TryRemoveUnusedAsync(string id)
    {
        try
        {
            using var held = await Locks.TakeAsync(id, CancellationToken.None);
            if (Folder.Find(id) is not { } workspace)
            {
                return null;
            }

            var environment = AgentEnvironment.OfThisProcess();
            if (await Tools.Trashcan.LossAsync(workspace, environment, CancellationToken.None) is { } loss)
            {
                return $"it holds {loss}";
            }

            await Tools.Trashcan.RemoveAsync(workspace, "it held nothing", environment, CancellationToken.None);
            return null;
        }
        catch (RefusedException e)
        {
            // The next prune, or start, looks at it again.
            return e.Message;
        }
    }

    /// <summary>Goes on with what an earlier host left half done, and gives back what nobody has any more. Once at the start, then now and then.</summary>
    /// <param name="hasWorker">Told a workspace's id.</param>
    /// <param name="withOwn">Also what hosts over this data directory made before; else only what hosts in processes of their own have left since.</param>
    /// <exception cref="RefusedException">Git failed; the next time goes on.</exception>
    public async Task SweepAsync(Func<string, bool> hasWorker, bool withOwn, CancellationToken cancellationToken)
    {
        if (!Directory.Exists(Folder.Root))
        {
            return;
        }

        bool IsTaken(string id) => hasWorker(id) || _made.ContainsKey(id) || (Folder.Find(id) is { } workspace && IsOthers(workspace.OwnerMark));
        await GitRefusal.GuardAsync("The workspaces could not be looked over", async () =>
        {
            await RecoverAsync(cancellationToken);
            return await Tools.Sweep.RunAsync(IsTaken, mark => IsOthers(mark) || (!withOwn && mark == _home.Mark), cancellationToken);
        });
        Tools.Ports.ReleaseExcept(IsTaken);

        bool IsOthers(string mark) => mark != _home.Mark && OwnerDirectory.IsAlive(_dataDirectory, mark);
    }

    /// <summary>Ends the merges that an earlier host left half done. Nothing is merged before that.</summary>
    public async Task RecoverAsync(CancellationToken cancellationToken)
    {
        if (!_isRecovered)
        {
            await Tools.Recovery.RunAsync(AgentEnvironment.OfThisProcess(), cancellationToken);
            _isRecovered = true;
        }
    }

    private WorkPlace Of(string workerId, Workspace? workspace, PlaceRequest request) =>
        new(Work, workspace, request, ContainerOf(workerId, request));

    private WorkerContainer ContainerOf(string workerId, PlaceRequest request) => new(request.Launch, request.Type, workerId, _home.AgentHome(workerId));

    /// <summary>What merges of it ask for too, when its worker is long closed.</summary>
    private Workspace WithChecks(Workspace workspace, PlaceRequest request)
    {
        string[] verify = [.. request.Type.Verify.Concat(request.Verify).Distinct()];
        var container = ContainerOf(workspace.Id, request).Recorded();
        if (verify.Length == 0 && container is null)
        {
            return workspace;
        }

        var noted = workspace with { Verify = verify, Container = container };
        Folder.Write(noted);
        return noted;
    }

    private async Task<IReadOnlyList<string>> PortsAsync(PlaceRequest request, WorkspaceSpec spec) => spec.Kind == WorkspaceKind.Worktree
        ? [.. request.Type.Ports.Union(await Tools.Rules.PortsAsync(request.Directory, spec.From, request.Environment))]
        : request.Type.Ports;
}
