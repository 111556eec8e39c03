namespace McpWorkers.Engine.Workers.Doctor;

/// <summary>What answered, or did not, at an address where a container engine could be.</summary>
/// <param name="Address">Such as <c>unix:///run/docker.sock</c>.</param>
public sealed record EngineSighting(string Address)
{
    /// <summary>What named the address, such as <c>DOCKER_HOST</c>; null for one of the usual places.</summary>
    public string? NamedBy { get; init; }

    /// <summary>Such as <c>Docker 28.2.2, API 1.50</c>; null where none answers.</summary>
    public string? Engine { get; init; }

    public bool IsRootless { get; init; }

    /// <summary>The limits that it cannot keep, by the names of the settings.</summary>
    public IReadOnlyList<string> CannotKeep { get; init; } = [];

    /// <summary>Its own words about what it cannot do.</summary>
    public IReadOnlyList<string> Warnings { get; init; } = [];

    /// <summary>There is nothing at this place, and nobody said that there would be.</summary>
    public bool IsAbsent { get; init; }

    /// <summary>Why it cannot be used; null where it can.</summary>
    public string? Fault { get; init; }
}
