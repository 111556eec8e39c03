using McpWorkers.Engine.Agents;
using McpWorkers.Engine.Model;

namespace McpWorkers.Engine.Budgets;

/// <summary>What a run's agent has said of its usage so far, and what that costs as far as can be told. Not thread-safe.</summary>
internal sealed class LiveFigures(BudgetSettings settings, string? model)
{
    private string? _model = model;
    private Usage? _usage;
    private decimal? _cost;

    /// <summary>The tokens that the cost was said for.</summary>
    private Usage _costed = Usage.None;

    public int Turns { get; private set; }

    public long? Tokens => _usage?.Total;

    /// <summary>False where it says nothing of what was used.</summary>
    public bool Take(AgentEvent said)
    {
        switch (said)
        {
            case AgentEvent.SessionStarted { Model: { } known }:
                _model = known;
                return true;
            case AgentEvent.UsageReported reported:
                _usage = reported.Usage;
                return true;
            case AgentEvent.CostReported cost:
                _cost = cost.Usd;
                _costed = _usage ?? Usage.None;
                return true;
            default:
                return false;
        }
    }

    /// <summary>Counts of an agent never go back within a run.</summary>
    public bool TakeTurns(int soFar)
    {
        bool isNew = soFar > Turns;
        Turns = Math.Max(Turns, soFar);
        return isNew;
    }

    /// <summary>The figures of the agent's end stand for all before them; what it does not tell then stays as it was.</summary>
    public void Settle(SettledFigures settled)
    {
        _model = settled.Model ?? _model;
        _usage = settled.Usage ?? _usage;
        Turns = settled.Turns > 0 ? settled.Turns : Turns;
        if (settled.CostUsd is { } cost)
        {
            _cost = cost;
            _costed = _usage ?? Usage.None;
        }
    }

    /// <summary>USD so far. What was used since the agent said a cost, or all where it says none, is reckoned by the price table.</summary>
    /// <returns>Null where neither tells.</returns>
    public (decimal? Usd, bool IsEstimate) Cost()
    {
        var price = settings.PriceOf(_model);

        // Agents that reckon by a table of their own say zero where they know no price.
        bool isSaid = _cost is > 0 || (_cost is 0 && (price is null || _costed.Total == 0));
        if (!isSaid)
        {
            return _usage is { } all && price is not null ? (price.Of(all), true) : (_cost, false);
        }

        return _usage is { } usage && price is not null && usage.Total > _costed.Total
            ? (_cost + price.Of(usage.Since(_costed)), true)
            : (_cost, false);
    }
}

/// <summary>What an agent says of a whole run at its end.</summary>
/// <param name="Usage">Null where it says nothing: then what it said before counts.</param>
/// <param name="CostUsd">So for this.</param>
/// <param name="Turns">0 where it says nothing.</param>
internal sealed record SettledFigures(Usage? Usage, decimal? CostUsd, int Turns, string? Model = null)
{
    /// <summary>Of an agent that said nothing, such as one that was killed.</summary>
    public static SettledFigures None { get; } = new(null, null, 0);

    public static SettledFigures Of(AgentSummary? summary) =>
        summary is null ? None : new(summary.Usage, summary.CostUsd, summary.Turns, summary.Model);
}
