namespace McpWorkers.Engine.Model;

/// <summary>What all runs together may spend, and what tokens cost.</summary>
public sealed record BudgetSettings
{
    /// <summary>Of all runs in one day of the host's local time, direct prompts among them.</summary>
    public Budget Day { get; init; } = Budget.None;

    /// <summary>What tokens cost, for agents that do not say so while they run.</summary>
    public IReadOnlyList<ModelPrice> Prices { get; init; } = [];

    /// <summary>The price of a model: the pattern with the most characters of its own among those that match.</summary>
    /// <param name="model">Null where it is not known: then only a pattern that matches every model does.</param>
    public ModelPrice? PriceOf(string? model) => Prices.Where(price => price.Matches(model)).MaxBy(price => price.Pattern.Count(c => c != '*'));
}

/// <summary>What a model's tokens cost, in USD per million.</summary>
/// <param name="Pattern">A model's name; each '*' stands for any characters. Capitals count as small letters.</param>
/// <param name="Input">Tokens that went in and came from no cache.</param>
/// <param name="Cached">Tokens read from a cache.</param>
/// <param name="CacheWrite">Tokens written to one.</param>
public sealed record ModelPrice(string Pattern, decimal Input, decimal Cached, decimal CacheWrite, decimal Output)
{
    private const decimal PerMillion = 0.000001m;

    public bool Matches(string? model) => Matches(Pattern, model ?? "");

    /// <summary>USD, to a billionth.</summary>
    public decimal Of(Usage usage)
    {
        ArgumentNullException.ThrowIfNull(usage);
        long fresh = usage.InputIncludesCached ? Math.Max(0, usage.Input - usage.Cached - usage.CacheWrite) : usage.Input;
        return decimal.Round(
            ((fresh * Input) + (usage.Cached * Cached) + (usage.CacheWrite * CacheWrite) + (usage.Output * Output)) * PerMillion, 9);
    }

    /// <summary>In time that grows with the text only, whatever the pattern.</summary>
    private static bool Matches(string pattern, string text)
    {
        string[] parts = pattern.Split('*');
        const StringComparison Alike = StringComparison.OrdinalIgnoreCase;
        if (parts.Length == 1)
        {
            return text.Equals(pattern, Alike);
        }

        if (!text.StartsWith(parts[0], Alike))
        {
            return false;
        }

        int at = parts[0].Length;
        foreach (string part in parts[1..^1])
        {
            int found = text.IndexOf(part, at, Alike);
            if (found < 0)
            {
                return false;
            }

            at = found + part.Length;
        }

        return text.Length - at >= parts[^1].Length && text.EndsWith(parts[^1], Alike);
    }
}
