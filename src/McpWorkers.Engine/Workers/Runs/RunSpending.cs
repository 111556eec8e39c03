using System.Text.Json.Nodes;
using McpWorkers.Engine.Agents;
using McpWorkers.Engine.Budgets;
using McpWorkers.Engine.Model;
using McpWorkers.Engine.Storage;

namespace McpWorkers.Engine.Workers.Runs;

/// <summary>Counts what one run spends, and has it interrupted where that is as much as it may. For one thread at a time.</summary>
/// <param name="holds">While it waits for an answer no time is spent.</param>
internal sealed class RunSpending(RunMeter meter, RunHolds holds, TimeProvider time)
{
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(1);

    private long _looked = time.GetTimestamp();
    private readonly bool _hasOwnBound = meter.UsdLeft is not null;
    private bool _isHeld = meter.Run.IsHeld;
    private BudgetBreach? _raised;
    private Spending? _spent;

    /// <summary>What is spent now, of that which bounds it; null while there is something left.</summary>
    public BudgetBreach? Breach { get; private set; }

    /// <inheritdoc cref="RunMeter.NeedsLiveUsage"/>
    public bool NeedsLiveUsage => meter.NeedsLiveUsage;

    /// <inheritdoc cref="RunMeter.UsdLeft"/>
    public decimal? UsdLeft => meter.UsdLeft;

    public void Take(AgentEvent said) => _raised = (said is AgentEvent.TurnStarted turn ? meter.TakeTurns(turn.Turn) : meter.Take(said)) ?? _raised;

    /// <summary>A reason to interrupt it; null where it may go on.</summary>
    public StopReason? Look()
    {
        if (_raised is null && time.GetElapsedTime(_looked) >= LookEvery)
        {
            _looked = time.GetTimestamp();
            NoteHeld();
            _raised = meter.Tick();
        }

        return _raised is null ? null : new(StopKind.Budget, _raised.Said);
    }

    /// <summary>To be called once its process has ended, and before it is settled.</summary>
    /// <param name="ended">When that was, as it is on record; null where it never began.</param>
    /// <returns>What whoever reads its result should know; null for nothing.</returns>
    public async Task<string?> SettleAsync(AgentSummary? summary, DateTimeOffset? ended = null)
    {
        NoteHeld();
        try
        {
            var settled = await meter.SettleAsync(SettledFigures.Of(summary), ended, _hasOwnBound && summary?.Verdict is AgentVerdict.Failed { Kind: FailureKind.Budget });
            _spent = settled.Spent;
            Breach = settled.Breach;
            return null;
        }
        catch (StoreException e)
        {
            Breach = _raised;
            return $"What this run has spent could not be written down, and is missing from the budgets that it counts for: {e.Message}";
        }
    }

    /// <summary>How it ended, all considered: an agent that keeps a bound itself may have reached it first, also by figures of its own.</summary>
    public RunOutcome Conclude(RunOutcome outcome) =>
        outcome is RunOutcome.AgentFailed { Kind: FailureKind.Budget } failed && (_hasOwnBound || Breach is not null) ? new RunOutcome.BudgetExceeded(Breach?.Said ?? failed.Message) : outcome;

    public void Describe(JsonObject metadata)
    {
        if (_spent is { } spent)
        {
            metadata["spent"] = new JsonObject
            {
                ["usd"] = spent.Usd,
                ["is_estimate"] = spent.IsEstimate,
                ["tokens"] = spent.Tokens,
                ["turns"] = spent.Turns,
                ["minutes"] = Math.Round(spent.Time.TotalMinutes, 3),
            };
        }
    }

    private void NoteHeld()
    {
        bool isHeld = holds.IsHeld;
        if (isHeld == _isHeld)
        {
            return;
        }

        _isHeld = isHeld;
        if (isHeld)
        {
            meter.Hold();
        }
        else
        {
            meter.Release();
        }
    }
}
