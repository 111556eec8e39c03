using McpWorkers.Engine.Execution;
using McpWorkers.Engine.Model;
using McpWorkers.Engine.Workers.Containers;
using McpWorkers.Engine.Workspaces;

namespace McpWorkers.Engine.Workers.Places;

/// <summary>How the commands of one worker are started in its place: its agents', its set-up, its checks.</summary>
/// <param name="workspace">Null where it works in a directory.</param>
internal sealed class CommandPlace(PlaceWork work, Workspace? workspace, PlaceRequest request, WorkerContainer container)
{
    private IReadOnlyList<ContainerMount>? _mounts;

    public bool IsContainer => container.IsContainer;

    public ResourceLimits Limits => request.Type.Limits;

    /// <summary>Makes what a container shows of the place. Before each launch; costs nothing where there is none.</summary>
    /// <exception cref="RefusedException">It cannot be shown.</exception>
    public async Task PrepareAsync(CancellationToken cancellationToken)
    {
        if (container.IsContainer)
        {
            Storage.DataDirectory.MakePrivate(container.Home);
            _mounts = await MountsAsync(cancellationToken);
        }
    }

    /// <summary>Null for a process of this machine. Only after <see cref="PrepareAsync"/>.</summary>
    /// <exception cref="LaunchException">A mount of the type cannot be made.</exception>
    public ContainerPlace? Container() => container.With(_mounts ?? []);

    /// <summary>The whole environment of a command that is no agent.</summary>
    public IReadOnlyDictionary<string, string> Environment()
    {
        var outside = PlaceEnvironment.Of(request.Environment, workspace);
        return container.IsContainer ? Inside(new Dictionary<string, string>()) : outside;
    }

    /// <summary>The whole environment of a command in a container.</summary>
    /// <param name="added">What the adapter sets.</param>
    public IReadOnlyDictionary<string, string> Inside(IReadOnlyDictionary<string, string> added) => ContainerEnvironment.For(
        request.Type, container.Home, PlaceEnvironment.Of(request.Environment, workspace), workspace?.Ports.Keys ?? [], added);

    /// <summary>Brings what the agent committed in its container to where the host looks. Before the host's own commit.</summary>
    /// <returns>For the user.</returns>
    public async Task<IReadOnlyList<string>> BringBackAsync()
    {
        if (!container.IsContainer || workspace is not { Kind: WorkspaceKind.Worktree })
        {
            return [];
        }

        try
        {
            return await work.Inner.BringBackAsync(workspace, request.Environment, CancellationToken.None);
        }
        catch (RefusedException e)
        {
            return [e.Message];
        }
    }

    private async Task<IReadOnlyList<ContainerMount>> MountsAsync(CancellationToken cancellationToken) => workspace switch
    {
        null => PlaceMounts.OfDirectory(request.Directory),
        { Kind: WorkspaceKind.Worktree } => await work.Inner.PrepareAsync(workspace, request.Environment, cancellationToken),
        _ => PlaceMounts.OfClone(workspace),
    };
}
