using McpWorkers.Engine.Agents;
using McpWorkers.Engine.Budgets;
using McpWorkers.Engine.Model;
using McpWorkers.Engine.Storage;
using McpWorkers.Engine.Workers.Containers;
using McpWorkers.Engine.Workers.Places;

namespace McpWorkers.Engine.Workers.Hosting;

/// <summary>Makes workers: checked, stored, and only then to be seen.</summary>
internal sealed class Spawning(WorkerHost host)
{
    private const int IdDigits = 12;

    private readonly NestedBounds _nested = new(host);

    public static string NewId() => "term_" + DataDirectory.NewId(IdDigits);

    public Task<IReadOnlyList<string>> SpawnAsync(SpawnRequest request, Caller caller)
    {
        Arguments.CheckCount(request.Count);
        _nested.CheckVerify(caller, request.Verify);
        return SpawnAsync(request, caller, [.. Enumerable.Range(0, request.Count).Select(_ => NewId())], isFresh: false);
    }

    /// <param name="ids">Never used before.</param>
    /// <param name="isFresh">Each of their runs gets a session of its own.</param>
    public async Task<IReadOnlyList<string>> SpawnAsync(SpawnRequest request, Caller caller, IReadOnlyList<string> ids, bool isFresh)
    {
        host.CheckOpen();
        var environment = request.Environment ?? caller.Environment ?? host.Environment;
        string directory = Arguments.WorkingDirectory(request.WorkingDirectory ?? caller.WorkingDirectory ?? DefaultDirectory());
        var (type, agent, launch) = host.Types.Resolve(request.WorkerType, environment, type => LaunchChoice.Of(type, request.Launcher, request.Image));
        _nested.CheckSpawn(caller, request.Permission ?? type.Permission);
        request = request with { Autonomy = _nested.LevelWithin(caller.ParentRun, request.Autonomy) };
        CheckCanAsk(request.Permission ?? type.Permission, type, agent, launch);
        CheckOwnServer(request.Permission ?? type.Permission, type, agent, launch);
        CheckBudget(request, type, agent);
        var places = await host.Places.MakeAsync(ids, new PlaceRequest(request.Workspace, type, directory, request.Verify, environment, launch));
        var stored = ids.Zip(places, (id, place) => new StoredWorker
        {
            WorkerId = id,
            WorkerType = type.Name,
            Agent = agent.Name,
            WorkingDirectory = place.Directory,
            Model = request.Model,
            Permission = request.Permission,
            ParentRun = caller.ParentRun,
            Created = host.Time.GetUtcNow(),
        }).ToList();
        List<Worker> workers = [.. stored.Zip(places, (worker, place) => new Worker(worker, type, agent, environment, place, host.Around) { IsFresh = isFresh, Autonomy = request.Autonomy, Budget = request.Budget })];
        workers.ForEach(host.Remember);
        try
        {
            host.Registry.Prepare(workers);
            WriteFiles(stored.Select(worker => new WorkerFile(worker, environment, request.Verify, launch, isFresh, request.Autonomy) { Budget = request.Budget }));
            await WorkerHost.WriteAsync(() => host.Store.Workers.AddWorkersAsync(stored));
        }
        catch
        {
            host.Registry.Discard(workers);
            stored.ForEach(worker => host.Files.Drop(worker.WorkerId));
            await host.Places.UnmakeAsync(places);
            throw;
        }

        return ids;
    }

    /// <summary>What cannot be asked would be denied without a word, or allowed.</summary>
    private void CheckCanAsk(Permission permission, WorkerType type, IAgentAdapter agent, LaunchChoice launch)
    {
        if (permission != Permission.Ask)
        {
            return;
        }

        string? why = agent.Capabilities.Asks switch
        {
            AskBy.Nothing => $"agent '{agent.Name}' cannot ask while it runs. Agents that can: {string.Join(", ", host.Types.AgentsThatAsk)}",
            AskBy.Tool when launch.Launcher == LauncherKind.Container => $"agent '{agent.Name}' asks through a server of this host's, which is not to be reached from within a container",
            AskBy.Tool when !host.Home.OutlivesHost => $"agent '{agent.Name}' asks through the daemon, and there is none with --in-process",
            _ => null,
        };
        if (why is not null)
        {
            throw new RefusedException(
                RefusalCode.Unsupported, $"permission 'ask' is not possible for worker type '{type.Name}': {why}. Use read_only, edit or full instead.");
        }
    }

    /// <summary>An agent without the server through which it is to ask would work on without a word of that.</summary>
    private void CheckOwnServer(Permission permission, WorkerType type, IAgentAdapter agent, LaunchChoice launch)
    {
        if ((type.Questions || permission == Permission.Ask) && type.McpServers.Any(server => server.IsNamedAsTheRunsOwn))
        {
            throw new RefusedException(
                RefusalCode.InvalidSettings,
                $"Worker type '{type.Name}' has an MCP server of its own named '{McpServerSpec.OfRun}', which is the name of the one through which its agents ask. Give it another name (mcp_servers).");
        }

        string? why = !type.Questions ? null
            : !agent.Capabilities.McpServers ? $"agent '{agent.Name}' takes no MCP servers for a run"
            : launch.Launcher == LauncherKind.Container ? "its agents would ask through a server of this host's, which is not to be reached from within a container"
            : !host.Home.OutlivesHost ? "its agents would ask through the daemon, and there is none with --in-process"
            : null;
        if (why is not null)
        {
            throw new RefusedException(
                RefusalCode.Unsupported, $"questions: true is not possible for worker type '{type.Name}' here: {why}. Set questions to false, or use another type.");
        }
    }

    /// <summary>A budget that nobody could hold would be none.</summary>
    private void CheckBudget(SpawnRequest request, WorkerType type, IAgentAdapter agent)
    {
        Arguments.CheckBudget(request.Budget);
        var run = new BudgetedRun
        {
            RunId = "",
            WorkerId = "",
            WorkerType = type.Name,
            Agent = agent.Name,
            Pool = type.Name,
            Model = request.Model ?? type.Model,
            Capabilities = agent.Capabilities,
            Budget = Budget.Least(type.Budget, request.Budget),
            PoolBudget = type.PoolBudget,
        };
        if (BudgetRules.Refusal(run, host.Settings.Budgets) is { } refusal)
        {
            throw new RefusedException(RefusalCode.Unsupported, refusal);
        }
    }

    private void WriteFiles(IEnumerable<WorkerFile> files)
    {
        try
        {
            foreach (var file in files)
            {
                host.Files.Write(file);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new RefusedException(
                RefusalCode.StoreUnavailable, $"No worker was spawned: its file cannot be written into the data directory: {e.Message} Is the disk full?");
        }
    }

    /// <summary>Of clients without a directory of their own. A daemon's current directory is nobody's choice.</summary>
    private string DefaultDirectory() => host.Settings.DefaultWorkingDirectory
        ?? (host.Home.OutlivesHost ? Environment.GetFolderPath(Environment.SpecialFolder.UserProfile) : Environment.CurrentDirectory);
}
