namespace McpWorkers.Engine.Model;

/// <summary>What happens where an agent's service gives no more for a while.</summary>
public sealed record QuotaSettings
{
    /// <summary>How long an agent may try again by itself before its run is stopped and its pool held.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Before the first probe, the second, and so on, where nobody said when the limit ends; the last one again and again.</summary>
    public IReadOnlyList<TimeSpan> Probes { get; init; } = [TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(5), TimeSpan.FromMinutes(15), TimeSpan.FromMinutes(60)];

    /// <summary>What says so, by name.</summary>
    public IReadOnlyList<SignalRule> Signals { get; init; } = BuiltInSignals.All;
}
