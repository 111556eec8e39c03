using McpWorkers.Engine.Agents;
using McpWorkers.Engine.Agents.Container;
using McpWorkers.Engine.Agents.Generic;
using McpWorkers.Engine.Model;
using McpWorkers.Engine.Storage;
using McpWorkers.Engine.Workers.Places;
using McpWorkers.Engine.Workers.Runs;

namespace McpWorkers.Engine.Workers;

/// <summary>
/// A spawned worker: its type, place and session. It costs no process between runs. Prompts that come while it is busy wait in order.
/// </summary>
internal sealed partial class Worker(
    StoredWorker stored, WorkerType type, IAgentAdapter agent, IReadOnlyDictionary<string, string> environment, WorkPlace place, WorkerSurroundings around)
{
    /// <summary>Of agents of which nobody knows how long they wait for a tool.</summary>
    private static readonly TimeSpan HoldUnknown = TimeSpan.FromMinutes(1);

    private static readonly TimeSpan HoldMargin = TimeSpan.FromSeconds(10);

    private readonly Lock _lock = new();
    private readonly List<PromptRun> _runs = [];
    private Task _last = Task.CompletedTask;
    private WorkerStatus _status = WorkerStatus.Pending;
    private KeptResult? _result;
    private WorkerSession _session = WorkerSession.Of(stored);

    /// <summary>The run after which the session is as it is; null where that is not known.</summary>
    private string? _heard = stored.LastRun is { Result: { } last } && last["metadata"]?["started_at"] is not null ? stored.LastRun.RunId : null;
    private bool _closed;
    private int _done = stored.RunsDone;
    private long _touched = around.Time.GetTimestamp();

    public string Id => stored.WorkerId;

    /// <summary>The run from within which it was spawned.</summary>
    public string? ParentRun => stored.ParentRun;

    public WorkerType Type => type;

    /// <summary>What its agents' tools may do.</summary>
    public Permission Permission => stored.Permission ?? type.Permission;

    /// <summary>Where its agents work; absolute.</summary>
    public string WorkingDirectory => place.Directory;

    /// <summary>What it shares an account's limits with.</summary>
    public string Pool { get; } = PoolKey.Of(type, agent.Probe, environment, around.EnvironmentDeny);

    /// <summary>Each of its runs begins a session of its own, though they share the place.</summary>
    public bool IsFresh { get; init; }

    /// <summary>Its agent can go on with a session.</summary>
    public bool Resumes => agent.Capabilities.Resume;

    /// <summary>What it is given is input of a program, which reads no words to an agent.</summary>
    public bool IsProgram => agent is CommandAdapter or ContainerShellAdapter;

    /// <summary>How far its runs may go alone; null for what the host says.</summary>
    public AutonomyLevel? Autonomy { get; init; }

    /// <summary>What each of its runs may spend, besides its type's own budget.</summary>
    public Budget Budget { get; init; } = Budget.None;

    /// <summary>What must not be shown of its environment.</summary>
    public SecretValues Secrets { get; } = SecretValues.Of(
        environment.Concat(type.Environment).Concat(type.McpServers.SelectMany(server => server.Environment)), agent.Probe.CredentialVariables);

    /// <summary>How long nothing has happened here; zero while something does.</summary>
    public TimeSpan Idle
    {
        get
        {
            lock (_lock)
            {
                return _runs.Count > 0 ? TimeSpan.Zero : around.Time.GetElapsedTime(_touched);
            }
        }
    }

    /// <summary>The result of the last run before this host.</summary>
    public void Restore(KeptResult last)
    {
        _result = last;
        _status = last.Status;
    }

    public WorkerSnapshot Snapshot()
    {
        lock (_lock)
        {
            var run = _runs.FirstOrDefault();
            return new()
            {
                WorkerId = Id,
                WorkerType = type.Name,
                Agent = agent.Name,
                Status = _status,
                WorkingDirectory = stored.WorkingDirectory,
                Workspace = place.Kind,
                Branch = place.Branch,
                Launcher = place.Launch.Launcher,
                Image = place.Launch.Image,
                Model = stored.Model ?? type.Model,
                SessionId = _session.Id,
                Created = stored.Created,
                RunId = run?.Identity.RunId ?? _result?.RunId,
                RunStarted = run?.Started,
                Elapsed = run?.Elapsed(around.Time) ?? _result?.Duration ?? TimeSpan.Zero,
                WaitingFor = run is null ? null : WaitsFor(run),
                Waiting = Math.Max(0, _runs.Count - 1),
                RunsDone = _done,
                Activity = run?.Progress.Activity ?? _result?.LastLine ?? "",
                Usage = run is null ? _session.LastUsage : run.Progress.Usage,
                CostUsd = run is null ? _session.LastCostUsd : run.Progress.CostUsd,
                Load = run?.Load,
                HasResult = _result is { IsCollected: false },
                Simulated = agent.Capabilities.IsSimulated,
            };
        }
    }

    /// <summary>The last result; of a run that goes on, what there is so far. Null where nothing was ever run.</summary>
    public WorkerResult? Collect()
    {
        KeptResult? kept;
        lock (_lock)
        {
            if (_runs.FirstOrDefault() is { } run)
            {
                return SoFar(run, _status);
            }

            kept = _result;
            _touched = around.Time.GetTimestamp();
        }

        return kept?.Read();
    }

    /// <summary>What there is of one of this worker's runs that is not settled.</summary>
    public WorkerResult SoFar(PromptRun run)
    {
        lock (_lock)
        {
            return SoFar(run, _runs.FirstOrDefault() == run ? _status : WorkerStatus.Starting);
        }
    }

    /// <summary>Shows a line as what a run does now.</summary>
    public void Say(PromptRun run, string line)
    {
        run.Progress.Say(line);
        OnChanged(run);
    }

    public void MarkCollected(string runId)
    {
        lock (_lock)
        {
            if (_result is { } result && result.RunId == runId)
            {
                result.IsCollected = true;
            }
        }
    }

    /// <summary>Stops what runs and what waits. Returns when all of it is settled; false where there was nothing.</summary>
    public async Task<bool> StopAsync(StopReason reason, StopPlan? plan)
    {
        List<PromptRun> stopped = [];
        while (true)
        {
            List<PromptRun> runs;
            lock (_lock)
            {
                // At first all; then those that had begun to go on with one of them before it could be stopped.
                runs = [.. _runs.Where(run => stopped.Count == 0 || stopped.Exists(other => other.Identity.RunId == run.Identity.Continues))];
            }

            if (runs.Count == 0)
            {
                return stopped.Count > 0;
            }

            // Those that wait first: none of them may step into the place that becomes free.
            await Task.WhenAll(runs.AsEnumerable().Reverse().Select(run => run.StopAsync(reason, plan)));
            stopped.AddRange(runs);
        }
    }

    /// <summary>Takes no more prompts, and stops what there is.</summary>
    public Task<bool> CloseAsync(StopReason reason)
    {
        lock (_lock)
        {
            _closed = true;
        }

        return StopAsync(reason, null);
    }

    private WorkerResult SoFar(PromptRun run, WorkerStatus status)
    {
        var result = run.SoFar(status, around.Time);
        if (WaitsFor(run) is { } waits)
        {
            result.Metadata["waiting_for"] = waits.ToJson();
        }

        return result;
    }

    private WaitingFor? WaitsFor(PromptRun run) =>
        around.Requests.PendingOf(run.Identity.RunId) is { } asked ? WaitingFor.Of(asked)
        : run.Started is null && around.Gate.HoldOf(Pool) is { } hold ? WaitingFor.Of(hold)
        : null;
}
