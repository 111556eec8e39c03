using static McpWorkers.Engine.Settings.Keys.SettingShape;

namespace McpWorkers.Engine.Settings.Keys;

/// <summary>What may be spent, and what tokens cost.</summary>
internal static class BudgetKeys
{
    public static KeyTable Budget => new(
        new("usd", new Number((double)Model.Budget.UsdMin, (double)Model.Budget.UsdMax), "US dollars. Refused for an agent that never says what it uses."),
        new("tokens", new Whole(1, Model.Budget.TokensMax), "Tokens, in and out, each once. Refused for an agent that never says what it uses."),
        new("turns", new Whole(1, Model.Budget.TurnsMax), "Requests to the model, as the agent counts them."),
        new("minutes", new Number((double)Model.Budget.MinutesMin, (double)Model.Budget.MinutesMax), "Time of running, waiting for an answer not counted."));

    public static KeyTable Host => new(
        new SettingKey("day", new Section(Budget), "What all runs of one day may spend together, by the host's local time. Left out: as much as they like."));

    public static KeyTable Price => new(
        new("name", new Text(TextRule.ModelPattern), "Required. A model's name; each `*` stands for any characters. Of those that match, the one with the most characters counts."),
        new("input", new Number(0, 1_000_000), "Tokens that went in and came from no cache.", "0"),
        new("cached", new Number(0, 1_000_000), "Tokens read from a cache. Left out: as input."),
        new("cache_write", new Number(0, 1_000_000), "Tokens written to a cache. Left out: as input."),
        new("output", new Number(0, 1_000_000), "Tokens that came out, thinking among them.", "0"));
}
