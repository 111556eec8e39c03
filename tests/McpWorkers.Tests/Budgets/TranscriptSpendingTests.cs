using McpWorkers.Engine.Agents;
using McpWorkers.Engine.Budgets;
using McpWorkers.Engine.Model;
using McpWorkers.Engine.Storage.Memory;
using McpWorkers.Tests.Agents;
using Xunit;
using static McpWorkers.Tests.Budgets.Meters;

namespace McpWorkers.Tests.Budgets;

/// <summary>Recorded runs of the real agents, counted.</summary>
public sealed class TranscriptSpendingTests
{
    /// <summary>What claude 2.1.329 itself charges for them.</summary>
    private static readonly ModelPrice[] Prices = [new("claude-opus-5-5", 4, 0.2m, 5, 20), new("claude-sonnet-5-5", 2, 0.1m, 2.5m, 10)];

    private static readonly AgentCatalog Catalog = AgentCatalog.Default();

    public static TheoryData<string> Folders() =>
        [.. Transcript.Folders().Where(folder => Catalog.Find(folder[..folder.IndexOf('-', StringComparison.Ordinal)]) is not null)];

    [Theory]
    [MemberData(nameof(Folders))]
    public async Task What_is_settled_is_what_the_agent_says_in_all(string folder)
    {
        foreach (var recorded in Transcript.In(folder).Where(recorded => !recorded.IsOtherFormat))
        {
            var (settled, summary) = await CountAsync(recorded, new());
            if (summary.Usage is { } usage)
            {
                Assert.True(usage.Total == settled.Spent.Tokens, $"{recorded.Name}: {settled.Spent}");
            }

            if (summary.CostUsd is > 0)
            {
                Assert.True((summary.CostUsd, false) == (settled.Spent.Usd, settled.Spent.IsEstimate), $"{recorded.Name}: {settled.Spent}");
            }
        }
    }

    [Theory]
    [InlineData("claude-2.1.329", "a-text-1")]
    [InlineData("claude-2.1.329", "b-bash")]
    [InlineData("opencode-1.18.33", "b-bash")]
    [InlineData("qwen-0.24.4", "b-bash")]
    [InlineData("codex-0.169.0", "b-bash")]
    [InlineData("gemini-0.61.0", "b-bash")]
    public async Task A_bound_below_what_a_recorded_run_used_is_found_and_one_above_it_is_not(string folder, string name)
    {
        var recorded = Transcript.In(folder).FirstOrDefault(recorded => recorded.Name == name) ?? Transcript.In(folder).First(recorded => recorded.Verdict == "good");
        var (_, summary) = await CountAsync(recorded, new());
        long used = summary.Usage!.Total;
        var (over, _) = await CountAsync(recorded, new() { Tokens = used });
        var (under, _) = await CountAsync(recorded, new() { Tokens = used + 1 });
        Assert.Equal(BudgetMeasure.Tokens, Assert.Single(over.Breach!.Spent).Measure);
        Assert.Null(under.Breach);
    }

    /// <summary>The price table reckons what claude reckons: an estimate before its end is right where the prices are.</summary>
    [Fact]
    public void The_price_table_comes_to_what_claude_itself_charges()
    {
        int compared = 0;
        foreach (var recorded in Transcript.In("claude-2.1.329").Where(recorded => !recorded.IsOtherFormat))
        {
            var summary = recorded.Run(Catalog[recorded.Agent].NewReader(recorded.Before()));
            var price = new BudgetSettings { Prices = Prices }.PriceOf(summary.Model);
            if (price is not null && summary is { Usage: { Total: > 0 } usage, CostUsd: { } cost } && recorded.Name != "e-fallback")
            {
                Assert.True(Math.Abs(price.Of(usage) - cost) < 0.000001m || summary.Subagents > 0, $"{recorded.Name}: {price.Of(usage)} and not {cost}");
                compared++;
            }
        }

        Assert.True(compared > 20, $"only {compared}");
    }

    [Fact]
    public async Task Opencode_is_stopped_at_the_step_that_spends_the_bound()
    {
        var recorded = Transcript.In("opencode-1.18.33").Single(recorded => recorded.Name == "b-loop3");
        List<long> seen = [];
        var reader = Catalog["opencode"].NewReader(SessionTotals.Zero);
        reader.Listener = said =>
        {
            if (said is AgentEvent.UsageReported { Usage: var usage })
            {
                seen.Add(usage.Total);
            }
        };
        recorded.Run(reader);
        Assert.True(seen.Count > 1);

        using var keeper = Keeper();
        var meter = await keeper.BeginAsync(Run() with { Budget = new() { Tokens = seen[0] } }, TestContext.Current.CancellationToken);
        int events = 0;
        int breached = 0;
        var live = Catalog["opencode"].NewReader(SessionTotals.Zero);
        live.Listener = said =>
        {
            events += said is AgentEvent.UsageReported ? 1 : 0;
            breached = meter.Take(said) is not null ? events : breached;
        };
        recorded.Run(live);
        Assert.Equal(1, breached);
    }

    private static async Task<(SettledSpending Settled, AgentSummary Summary)> CountAsync(Transcript recorded, Budget budget)
    {
        using var keeper = Keeper();
        var adapter = Catalog[recorded.Agent];
        var meter = await keeper.BeginAsync(Run() with { Agent = adapter.Name, Capabilities = adapter.Capabilities, Budget = budget }, TestContext.Current.CancellationToken);
        var reader = adapter.NewReader(recorded.Before());
        reader.Listener = said => meter.Take(said);
        var summary = recorded.Run(reader);
        return (await meter.SettleAsync(SettledFigures.Of(summary)), summary);
    }

    private static BudgetKeeper Keeper() => new(new MemoryStore().Spending, new(), TimeProvider.System);
}
