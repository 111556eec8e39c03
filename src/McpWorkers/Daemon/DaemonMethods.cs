using System.Text.Json.Nodes;
using McpWorkers.Engine.Model;
using McpWorkers.Engine.Storage;
using McpWorkers.Engine.Tasks;
using McpWorkers.Engine.Workers;
using McpWorkers.Mcp;

namespace McpWorkers.Daemon;

/// <summary>What a daemon is asked about itself, beside MCP, on its socket only.</summary>
internal sealed class DaemonMethods(
    WorkerManager manager, TaskManager tasks, DataDirectory directory, DaemonInfo info, DaemonLog log, Func<int> clients, Action<LeaveReason> leave, DaemonWeb web,
    Action httpOpened, TimeProvider time)
{
    public const string Status = "mcpworkers/daemon/status";
    public const string Stop = "mcpworkers/daemon/stop";
    public const string Replace = "mcpworkers/daemon/replace";
    public const string CreateToken = "mcpworkers/tokens/create";
    public const string ListTokens = "mcpworkers/tokens/list";
    public const string RevokeToken = "mcpworkers/tokens/revoke";

    public const string Page = "mcpworkers/page/open";

    public const string Trust = "mcpworkers/workspaces/trust";
    public const string Prune = "mcpworkers/workspaces/prune";

    private const string ByForce = "the daemon was stopped by force";

    private readonly WorkspaceMethods _workspaces = new(manager);
    private readonly TokenMethods _tokens = new(manager, time);
    private readonly WatchMethods _watch = new(manager, time);
    private readonly PageMethods _page = new(web, httpOpened);
    private readonly LogMethods _log = new(log);
    private readonly HistoryMethods _history = new(manager, time);
    private readonly RunMethods _run = new(manager);

    /// <summary>Who may come in, and as what.</summary>
    public RunScope Scope { get; } = new(manager);

    /// <summary>All that a run's own server may ask for.</summary>
    public IReadOnlyDictionary<string, SessionMethod> OfRun(string runId) => _run.For(runId);

    /// <summary>An agent inside a run may ask how the daemon is, and no more.</summary>
    public IReadOnlyDictionary<string, SessionMethod> For(Caller caller) => new Dictionary<string, SessionMethod>(_watch.For(caller))
    {
        [Status] = (_, _) => Task.FromResult(ToStatus()),
        [Stop] = Owned(caller, StopAsync),
        [Replace] = Owned(caller, ReplaceAsync),
        [CreateToken] = Owned(caller, _tokens.CreateAsync),
        [ListTokens] = Owned(caller, _tokens.ListAsync),
        [RevokeToken] = Owned(caller, _tokens.RevokeAsync),
        [Page] = Owned(caller, _page.OpenAsync),
        [Trust] = Owned(caller, _workspaces.TrustAsync),
        [Prune] = Owned(caller, _workspaces.PruneAsync),
        [LogMethods.Level] = Owned(caller, _log.LevelAsync),
        [HistoryMethods.Runs] = Owned(caller, _history.RunsAsync),
        [HistoryMethods.Run] = Owned(caller, _history.RunAsync),
        [HistoryMethods.Totals] = Owned(caller, _history.TotalsAsync),
        [HistoryMethods.Budgets] = Owned(caller, _history.BudgetsAsync),
    };

    /// <summary>Notes that a client in debug mode is there, until disposed; null for the others.</summary>
    public IDisposable? Enter(Caller caller) => caller is { DebugClient: { } client, ParentRun: null } ? manager.Debug.Enter(client) : null;

    private static SessionMethod Owned(Caller caller, SessionMethod method) => caller.ParentRun is null
        ? method
        : (_, _) => throw new RefusedException(RefusalCode.Forbidden, "This is not for agents inside a run: only the user may do it.");

    private JsonObject ToStatus()
    {
        var health = manager.Health();
        return new()
        {
            ["pid"] = info.Pid,
            ["version"] = info.Version.Program,
            ["protocol"] = info.Version.Protocol,
            ["socket"] = info.Socket,
            ["data_dir"] = directory.Path,
            ["uptime_seconds"] = Math.Round((time.GetUtcNow() - info.Started).TotalSeconds, 1),
            ["workers"] = health.Workers,
            ["runs"] = health.RunsActive + health.RunsWaiting,
            // Without the one that asks.
            ["clients"] = Math.Max(0, clients() - 1),
            ["http"] = web.Url,
            ["config"] = info.Arguments.ConfigPath,
            ["log"] = directory.LogPath,
            ["log_level"] = log.Level.ToWire(),
            ["store"] = new JsonObject
            {
                ["kind"] = health.Store.Kind,
                ["version"] = health.Store.Version,
            },
        };
    }

    private async Task<JsonObject> StopAsync(JsonObject parameters, CancellationToken cancellationToken)
    {
        string mode = (string?)parameters["mode"] ?? "refuse";
        var health = manager.Health();
        int runs = health.RunsActive + health.RunsWaiting;
        int stopped = 0;
        switch (mode)
        {
            case "refuse" when runs > 0:
                throw new RefusedException(
                    RefusalCode.LimitReached,
                    $"{(runs == 1 ? "A run goes on" : $"{runs} runs go on")}, so the daemon was not stopped. Wait for them first (--drain), or stop them too (--force). "
                    + "To have a new daemon take them over: mcpworkers daemon restart.");
            case "refuse":
                break;
            case "drain":
                await DrainAsync(cancellationToken);
                break;
            case "force":
                stopped = await StopRunsAsync(cancellationToken);
                break;
            default:
                throw new RefusedException(RefusalCode.InvalidArgument, $"mode is '{mode}'; allowed are refuse, drain, force.");
        }

        leave(LeaveReason.Stopped);
        return new() { ["stopped"] = true, ["runs_stopped"] = stopped };
    }

    private Task<JsonObject> ReplaceAsync(JsonObject parameters, CancellationToken cancellationToken)
    {
        leave((string?)parameters["reason"] == "restarting" ? LeaveReason.Restarting : LeaveReason.Replaced);
        return Task.FromResult(new JsonObject { ["leaving"] = true });
    }

    /// <summary>Until nothing runs or waits. Who asked may go away meanwhile: then nothing is stopped.</summary>
    private async Task DrainAsync(CancellationToken cancellationToken)
    {
        // Else those who go on asking would put off the end for ever.
        manager.IsDraining = true;
        try
        {
            using var news = manager.Events.Subscribe(256);
            while (manager.Health() is { RunsActive: > 0 } or { RunsWaiting: > 0 })
            {
                using var look = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
                look.CancelAfter(TimeSpan.FromSeconds(1));
                try
                {
                    await news.Reader.ReadAsync(look.Token);
                }
                catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
                {
                    // Looked at again in any case.
                }
            }
        }
        catch
        {
            manager.IsDraining = false;
            throw;
        }
    }

    /// <summary>Tasks go back into the queue, for the next daemon; all other runs end.</summary>
    private async Task<int> StopRunsAsync(CancellationToken cancellationToken)
    {
        // Else the slot of each that is stopped would go to the next one.
        manager.IsDraining = true;
        try
        {
            int handedBack = await tasks.HandBackAllAsync(ByForce, cancellationToken);
            return handedBack + await StopOthersAsync(cancellationToken);
        }
        catch
        {
            manager.IsDraining = false;
            throw;
        }
    }

    private async Task<int> StopOthersAsync(CancellationToken cancellationToken)
    {
        var stopped = await Task.WhenAll(manager.List()
            .Where(worker => worker.Status is WorkerStatus.Starting or WorkerStatus.Running)
            .Select(worker => manager.CancelAsync(worker.WorkerId, ByForce, null, cancellationToken)));
        return stopped.Count(one => one);
    }
}
