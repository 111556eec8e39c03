namespace McpWorkers.Engine.Model;

/// <summary>How far work may go alone.</summary>
public enum AutonomyLevel
{
    /// <summary>What no rule decides is allowed.</summary>
    Autonomous,

    /// <summary>What no rule decides is asked.</summary>
    Supervised,

    /// <summary>As supervised, and a task waits for leave before it begins.</summary>
    HumanRequired,
}

public static class AutonomyLevelNames
{
    public static IReadOnlyList<string> All { get; } = [.. Enum.GetValues<AutonomyLevel>().Select(ToWire)];

    public static string ToWire(this AutonomyLevel level) => level switch
    {
        AutonomyLevel.Autonomous => "autonomous",
        AutonomyLevel.Supervised => "supervised",
        AutonomyLevel.HumanRequired => "human_required",
        _ => throw new ArgumentOutOfRangeException(nameof(level), level, null),
    };

    public static bool TryParse(string? name, out AutonomyLevel level) => WireName.TryFind(name, ToWire, out level);
}
