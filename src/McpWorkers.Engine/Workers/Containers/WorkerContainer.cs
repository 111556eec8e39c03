using McpWorkers.Engine.Execution;
using McpWorkers.Engine.Model;
using McpWorkers.Engine.Workspaces;

namespace McpWorkers.Engine.Workers.Containers;

/// <summary>Where the commands of one worker are started, as data.</summary>
/// <param name="home">The agents' home directory in containers; absolute, made at first use.</param>
internal sealed class WorkerContainer(LaunchChoice choice, WorkerType type, string workerId, string home)
{
    public LaunchChoice Choice => choice;

    public bool IsContainer => choice.Launcher == LauncherKind.Container;

    /// <summary>The home directory inside, and outside.</summary>
    public string Home => home;

    /// <summary>The engine's network where nothing is said: commands of a shell need none, an AI CLI needs its service.</summary>
    private string DefaultNetwork => IsShell ? "none" : "default";

    private bool IsShell => type.Agent == ContainerTypes.Agent;

    /// <param name="place">What of the worker's place is to be had inside.</param>
    /// <returns>Null for a process of this machine.</returns>
    /// <exception cref="LaunchException">A mount of the type cannot be made.</exception>
    public ContainerPlace? With(IReadOnlyList<ContainerMount> place)
    {
        if (!IsContainer)
        {
            return null;
        }

        foreach (var mount in type.Container.Mounts)
        {
            Check(mount);
        }

        IEnumerable<ContainerMount> own = type.Container.Mounts.Select(mount => OwnHome.Place(mount, home));
        return Bare() with { Mounts = [new(home, home, IsReadOnly: false), .. own, .. place], IsKept = IsShell };
    }

    /// <summary>What merges need when the worker is gone; null for a process of this machine.</summary>
    public WorkspaceContainer? Recorded() =>
        IsContainer ? new() { WorkerType = type.Name, Agent = type.Agent, Place = Bare(), Limits = type.Limits } : null;

    private ContainerPlace Bare()
    {
        var settings = type.Container;
        return new()
        {
            Image = choice.Image!,
            Pull = settings.Pull,
            Network = settings.Network ?? DefaultNetwork,
            IsReadOnlyRoot = settings.ReadOnlyRoot,
            User = settings.User,
            DropCapabilities = settings.DropCapabilities,
            Mounts = settings.Mounts,
            WorkerId = workerId,
        };
    }

    private void Check(ContainerMount mount)
    {
        if (!Path.Exists(mount.Source))
        {
            throw new LaunchException($"Worker type '{type.Name}' mounts '{mount.Source}', which does not exist.");
        }

        if (EngineSockets.In(mount.Source) is { } socket)
        {
            throw new LaunchException($"Worker type '{type.Name}' mounts '{mount.Source}', and '{socket}' with it: who has an engine's socket has the whole machine.");
        }
    }
}
