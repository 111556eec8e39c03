using McpWorkers.Engine.Model;
using McpWorkers.Engine.Settings.Reading;

namespace McpWorkers.Engine.Settings.Building;

/// <summary>Makes budgets and prices out of the merged tree.</summary>
internal static class BudgetBuilder
{
    /// <param name="tree">Null where nothing is bounded.</param>
    public static Budget Of(SettingNode.Branch? tree) => tree is null ? Budget.None : new()
    {
        Usd = Amount(tree, "usd"),
        Tokens = tree.Number("tokens"),
        Turns = (int?)tree.Number("turns"),
        Minutes = Amount(tree, "minutes") is { } minutes ? TimeSpan.FromTicks((long)(minutes * TimeSpan.TicksPerMinute)) : null,
    };

    public static BudgetSettings HostOf(SettingNode.Branch tree, IEnumerable<SettingNode.Branch> prices) => new()
    {
        Day = Of(tree.Under("day")),
        Prices = [.. prices.Select(PriceOf)],
    };

    private static ModelPrice PriceOf(SettingNode.Branch entry)
    {
        decimal input = Amount(entry, "input") ?? 0;
        return new(
            entry.Get<string>("name")!, input, Amount(entry, "cached") ?? input, Amount(entry, "cache_write") ?? input, Amount(entry, "output") ?? 0);
    }

    private static decimal? Amount(SettingNode.Branch tree, string key) => tree[key]?.Content is double amount ? (decimal)amount : null;
}
