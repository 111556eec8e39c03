using System.Text.Json.Nodes;
using McpWorkers.Engine.Budgets;
using McpWorkers.Engine.Execution;
using McpWorkers.Engine.Model;
using McpWorkers.Engine.Workers.Telemetry;

namespace McpWorkers.Engine.Workers.Runs;

/// <summary>One prompt given to one worker, from acceptance to its result. It can be stopped at any moment, also before it is launched.</summary>
#pragma warning disable CA1001 // A cancellation source without a timer or a linked token holds nothing that must be released.
internal sealed class PromptRun
#pragma warning restore CA1001
{
    private readonly Lock _lock = new();
    private readonly TaskCompletionSource<WorkerResult> _result = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource _stopAsked = new();
    private IExecutionHandle? _handle;
    private StopReason? _stop;
    private StopPlan? _stopPlan;
    private readonly TaskCompletionSource<bool> _stored = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly long _accepted;
    private Task _stopping = Task.CompletedTask;

    public PromptRun(RunIdentity identity, string prompt, TimeSpan timeout, DateTimeOffset acceptedAt, SecretValues secrets, TimeProvider time)
    {
        Identity = identity;
        Prompt = prompt;
        Timeout = timeout;
        AcceptedAt = acceptedAt;
        Secrets = secrets;
        Progress = new RunProgress(secrets, time);
        _accepted = time.GetTimestamp();
    }

    public RunIdentity Identity { get; set; }

    /// <summary>When it waited for answers.</summary>
    public required RunHolds Holds { get; init; }

    /// <summary>Looks for signs that its service gives no more.</summary>
    public RunQuota? Quota { get; set; }

    /// <summary>Who listens to it while it goes on.</summary>
    public RunAttendants Attendants { get; set; } = RunAttendants.None;

    /// <summary>Its place in the order of arrival, of the gate of pools.</summary>
    public long Ticket { get; init; }

    /// <summary>What its place among the runs that go on is; given back while it only waits for an answer.</summary>
    public IDisposable? Place { get; set; }

    /// <summary>Told how its agent ended, before anything else looks at that: waits until what it asked is decided.</summary>
    public Func<RunOutcome, CancellationToken, Task<RunOutcome>>? Ended { get; set; }

    /// <summary>Asked before it is launched: how it ends where an earlier host has gone on with it as another run; null where it is to be launched.</summary>
    public Func<CancellationToken, Task<RunOutcome?>>? GoneOn { get; set; }

    /// <summary>Told before it is launched that what it may spend is not spent: how it ends where somebody had refused that before; null where it is to be launched.</summary>
    public Func<CancellationToken, Task<RunOutcome?>>? Affordable { get; set; }

    /// <summary>It has a session by which its agent knows later what was said and done.</summary>
    public bool HasSession { get; set; }

    /// <summary>Goes on with its session, right after it is settled; null for none.</summary>
    public PromptRun? Next { get; set; }

    /// <summary>What is spent of that which bounds it; null while there is something left.</summary>
    public BudgetBreach? Breach
    {
        get => field ?? Attendants.Spending?.Breach;
        set;
    }

    /// <summary>What whoever gave it should know of its budgets; part of its result.</summary>
    public IReadOnlyList<string> BudgetWarnings { get; set; } = [];

    /// <summary>The runs before it whose session it goes on with after an answer, the latest first; none for a prompt of its own.</summary>
    public IReadOnlyList<string> Before { get; init; } = [];

    /// <summary>What bounds it.</summary>
    public RunBudget Budget { get; init; } = RunBudget.None;

    public string Prompt { get; }

    public TimeSpan Timeout { get; }

    public DateTimeOffset AcceptedAt { get; }

    /// <summary>The host before this one had accepted it.</summary>
    public bool IsRestored { get; init; }

    /// <summary>A slot that was taken for it beforehand; null for one that takes its turn among the others.</summary>
    public RunSlots.Slot? Slot { get; init; }

    /// <summary>True once the store holds it; false where the store would not take it: then it never was.</summary>
    public Task<bool> Stored => _stored.Task;

    /// <summary>What must not be shown of its worker's environment.</summary>
    public SecretValues Secrets { get; }

    public RunProgress Progress { get; }

    public DateTimeOffset? Started { get; private set; }

    /// <summary>Null where nobody listens to traces.</summary>
    public RunTrace? Trace { get; set; }

    /// <summary>As of the last look; null before the first one, and where nothing can be told.</summary>
    public WorkerLoad? Load { get; set; }

    /// <summary>Fires when the run is asked to stop: for what waits before its launch, and for what follows its end.</summary>
    public CancellationToken StopAsked => _stopAsked.Token;

    public StopReason? Stop
    {
        get
        {
            lock (_lock)
            {
                return _stop;
            }
        }
    }

    public Task<WorkerResult> Result => _result.Task;

    /// <summary>Makes the settled result visible; called when the store holds it, before anybody is told.</summary>
    public Action? Committed { get; set; }

    public void MarkStored(bool isStored) => _stored.TrySetResult(isStored);

    /// <summary>Since it was accepted: by a clock that nobody sets, except over a host that was away.</summary>
    public TimeSpan Waited(TimeProvider time)
    {
        var here = time.GetElapsedTime(_accepted);
        var whole = time.GetUtcNow() - AcceptedAt;
        return IsRestored && whole > here ? whole : here;
    }

    /// <summary>Since its launch; zero before.</summary>
    public TimeSpan Elapsed(TimeProvider time) => Started is { } started ? time.GetUtcNow() - started : TimeSpan.Zero;

    /// <summary>What its processes use now; null where none are there, or nothing can be told.</summary>
    public ExecutionUse? Measure()
    {
        IExecutionHandle? handle;
        lock (_lock)
        {
            handle = _handle;
        }

        return handle?.Measure();
    }

    /// <summary>Notes the launch. A stop that was asked for meanwhile is carried out now.</summary>
    public void Launched(IExecutionHandle handle)
    {
        lock (_lock)
        {
            _handle = handle;
            Started = handle.Started;
            Trace?.Launched();
            if (_stop is { } reason)
            {
                _stopping = handle.StopAsync(reason, _stopPlan, CancellationToken.None);
            }
        }
    }

    /// <summary>Asks the run to stop; the first reason counts, a later call may bring a harsher plan.</summary>
    /// <returns>Ends when the run is settled.</returns>
    public async Task StopAsync(StopReason reason, StopPlan? plan)
    {
        Task stopping;
        lock (_lock)
        {
            _stop ??= reason;
            _stopPlan = plan;
            if (_handle is not null)
            {
                _stopping = Task.WhenAll(_stopping, _handle.StopAsync(reason, plan, CancellationToken.None));
            }

            stopping = _stopping;
        }

        await _stopAsked.CancelAsync();
        await stopping;
        await _result.Task;
    }

    public void Settle(WorkerResult result) => _result.TrySetResult(result);

    /// <summary>The host goes and the run goes on: whoever waits is told so.</summary>
    public void Leave()
    {
        _result.TrySetException(new RefusedException(
            RefusalCode.ShuttingDown,
            $"This host ends, and run '{Identity.RunId}' of worker '{Identity.WorkerId}' goes on. Fetch its result with worker_collect_results later."));

        // Nobody need be waiting.
        _ = _result.Task.Exception;
    }

    /// <summary>Shows what there is of a run that goes on.</summary>
    public WorkerResult SoFar(WorkerStatus status, TimeProvider time)
    {
        JsonObject metadata = new()
        {
            ["run_id"] = Identity.RunId,
            ["worker_type"] = Identity.WorkerType,
            ["agent"] = Identity.Agent,
            ["activity"] = Progress.Activity,
        };
        if (BudgetWarnings.Count > 0)
        {
            metadata["warnings"] = new JsonArray([.. BudgetWarnings.Select(warning => (JsonNode)warning)]);
        }

        return new()
        {
            WorkerId = Identity.WorkerId,
            Status = status,
            Output = Progress.Text,
            Duration = Elapsed(time),
            Metadata = metadata,
            Timestamp = time.GetUtcNow(),
        };
    }
}
