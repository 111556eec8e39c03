namespace McpWorkers.Engine.Workers.Doctor;

/// <summary>What the doctor knows of the host besides its settings.</summary>
/// <param name="Environment">The host's variables. Their values are looked at, never shown.</param>
/// <param name="HomeDirectory">Where agents keep their logins.</param>
public sealed record DoctorSurroundings(IReadOnlyDictionary<string, string> Environment, string HomeDirectory);
