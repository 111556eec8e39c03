using McpWorkers.Engine.Execution;
using McpWorkers.Engine.Model;
using McpWorkers.Engine.Workspaces;
using McpWorkers.Engine.Workspaces.Changes;
using McpWorkers.Engine.Workspaces.Checks;
using McpWorkers.Engine.Workspaces.Clones;
using McpWorkers.Engine.Workspaces.Git;
using McpWorkers.Engine.Workspaces.Inner;
using McpWorkers.Engine.Workspaces.Merging;
using McpWorkers.Engine.Workspaces.Ports;
using McpWorkers.Engine.Workspaces.Setup;
using McpWorkers.Engine.Workspaces.Trash;
using McpWorkers.Engine.Workspaces.Trust;
using McpWorkers.Engine.Workspaces.Worktrees;

namespace McpWorkers.Engine.Workers.Places;

/// <summary>All that makes, reads, merges and removes workspaces, put together once a host.</summary>
internal sealed class PlaceTools
{
    public PlaceTools(HostSettings settings, WorkspaceFolder folder, ILauncher launcher, string ownerMark, TimeProvider time)
    {
        var workspaces = settings.Workspaces;
        string dataDirectory = settings.DataDirectory;
        Git = new GitTool(folder.Beside("git"), ownerMark);
        Ports = new PortLeases(folder.Beside("ports"), workspaces);
        Checks = new CheckRunner(launcher, time);
        Commits = new WorkspaceCommits(Git, workspaces);
        Changes = new ChangeReader(Git);
        Setups = new SetupCache(folder.Beside("setup"), time);
        Inner = new InnerRepository(Git, workspaces);
        Trust = new TrustStore(dataDirectory);
        Rules = new RepositoryRules(Git, Trust);
        Merger = new Merger(Git, folder, workspaces, Checks, time);
        Forecast = new Forecast(Git, folder);
        Recovery = new MergeRecovery(Git, folder);
        Trashcan = new Trashcan(Git, folder, workspaces, Ports, time);
        Sweep = new WorkspaceSweep(folder, Trashcan, AgentEnvironment.OfThisProcess());
        Providers =
        [
            new WorktreeProvider(Git, folder, workspaces, Ports, time),
            new CloneProvider(Git, folder, workspaces, Ports, time),
        ];
    }

    public GitTool Git { get; }

    public IReadOnlyList<IWorkspaceProvider> Providers { get; }

    public PortLeases Ports { get; }

    public CheckRunner Checks { get; }

    public WorkspaceCommits Commits { get; }

    public ChangeReader Changes { get; }

    public SetupCache Setups { get; }

    public InnerRepository Inner { get; }

    public TrustStore Trust { get; }

    public RepositoryRules Rules { get; }

    public Merger Merger { get; }

    public Forecast Forecast { get; }

    public MergeRecovery Recovery { get; }

    public Trashcan Trashcan { get; }

    public WorkspaceSweep Sweep { get; }
}
