namespace McpWorkers.Engine.Model;

/// <summary>What bounds one prompt, as it was accepted: later settings do not change it.</summary>
public sealed record RunBudget
{
    /// <summary>Of the prompt.</summary>
    public Budget Own { get; init; } = Budget.None;

    /// <summary>The task whose attempt it is; null for none.</summary>
    public string? TaskId { get; init; }

    /// <summary>Of all attempts of that task.</summary>
    public Budget OfTask { get; init; } = Budget.None;

    public static RunBudget None { get; } = new();
}
