using McpWorkers.Engine.Agents.Reading;
using McpWorkers.Engine.Model;

namespace McpWorkers.Engine.Agents.Claude;

/// <summary>
/// Tokens and cost of this run. <c>modelUsage</c> and <c>total_cost_usd</c> count over the whole session, earlier processes included;
/// <c>usage</c> leaves out subagents. What came since the last result is exact, where the version tells it.
/// </summary>
internal sealed class ClaudeTotals(SessionTotals before)
{
    private Usage _sinceSum = Usage.None;
    private decimal _sinceCost;
    private bool _hasSince = true;
    private Usage _cumulative = Usage.None;
    private Usage _turns = Usage.None;
    private bool _hasModels;
    private decimal _cost;

    public Usage Usage =>
        _hasSince ? _sinceSum
        : _hasModels ? _cumulative.Since(before.Usage)
        : _turns;

    public decimal CostUsd =>
        _hasSince ? _sinceCost
        : _cost >= before.CostUsd ? _cost - before.CostUsd
        : _cost;

    /// <summary>A run that failed before it began tells zero: that is no new count.</summary>
    public SessionTotals Session => new(
        _cumulative == Usage.None ? before.Usage : _cumulative,
        _cost == 0 ? before.CostUsd : _cost);

    public void Take(JsonView result)
    {
        var since = result["model_usage_since_last_result"u8];
        var models = result["modelUsage"u8];
        _hasSince &= since.IsObject;
        _sinceSum += Sum(since, out decimal cost);
        _sinceCost += cost;
        _hasModels |= models.IsObject;
        _cumulative = models.IsObject ? Sum(models, out _) : _cumulative;
        _cost = result["total_cost_usd"u8].AsDecimal() ?? _cost;
        var turn = result["usage"u8];
        _turns += new Usage(
            turn["input_tokens"u8].AsLong() ?? 0,
            turn["cache_read_input_tokens"u8].AsLong() ?? 0,
            turn["cache_creation_input_tokens"u8].AsLong() ?? 0,
            turn["output_tokens"u8].AsLong() ?? 0);
    }

    private static Usage Sum(JsonView models, out decimal cost)
    {
        var sum = Usage.None;
        cost = 0;
        foreach (var model in models)
        {
            var used = model.Value;
            cost += used["costUSD"u8].AsDecimal() ?? 0;
            sum += new Usage(
                used["inputTokens"u8].AsLong() ?? 0,
                used["cacheReadInputTokens"u8].AsLong() ?? 0,
                used["cacheCreationInputTokens"u8].AsLong() ?? 0,
                used["outputTokens"u8].AsLong() ?? 0);
        }

        return sum;
    }
}
