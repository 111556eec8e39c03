using McpWorkers.Engine.Model;

namespace McpWorkers.Mcp.Tools;

/// <summary>The argument <c>budget</c> of the tools that give work.</summary>
internal static class BudgetArgument
{
    public const string Name = "budget";

    /// <summary>As one property of an input schema; what it is of stands in the tool's own words.</summary>
    public const string Field =
        """
        "budget":{"type":"object","properties":{"usd":{"type":"number"},"tokens":{"type":"integer"},"turns":{"type":"integer"},"minutes":{"type":"number"}},"additionalProperties":false,"description":"spend no more than this, then ask"}
        """;

    private static readonly string[] Names = ["usd", "tokens", "turns", "minutes"];

    public static Budget Budget(this ToolArguments arguments)
    {
        if (!arguments.Has(Name))
        {
            return Engine.Model.Budget.None;
        }

        var given = arguments.Object(Name, Names);
        return new()
        {
            Usd = given.Amount("usd", (double)Engine.Model.Budget.UsdMin, (double)Engine.Model.Budget.UsdMax),
            Tokens = (long?)given.Whole("tokens", Engine.Model.Budget.TokensMax),
            Turns = (int?)given.Whole("turns", Engine.Model.Budget.TurnsMax),
            Minutes = given.Amount("minutes", (double)Engine.Model.Budget.MinutesMin, (double)Engine.Model.Budget.MinutesMax) is { } minutes
                ? TimeSpan.FromTicks((long)(minutes * TimeSpan.TicksPerMinute))
                : null,
        };
    }
}
