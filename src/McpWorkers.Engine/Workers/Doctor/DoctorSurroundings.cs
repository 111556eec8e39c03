namespace McpWorkers.Engine.Workers.Doctor;

/// <summary>What the doctor knows of the host besides its settings.</summary>
/// <param name="Environment">The host's variables. Their values are looked at, never shown.</param>
/// <param name="HomeDirectory">Where agents keep their logins.</param>
public sealed record DoctorSurroundings(IReadOnlyDictionary<string, string> Environment, string HomeDirectory)
{
    /// <summary>Looks for container engines, those first that would be used. It waits a few seconds at most, and fails for none of them.</summary>
    public Func<CancellationToken, Task<IReadOnlyList<EngineSighting>>> FindEngines { get; init; } =
        static _ => Task.FromResult<IReadOnlyList<EngineSighting>>([]);
}
