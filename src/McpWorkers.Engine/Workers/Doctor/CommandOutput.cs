namespace McpWorkers.Engine.Workers.Doctor;

/// <summary>What a short command printed.</summary>
/// <param name="ExitCode">Null where it did not start or was ended after its time-out.</param>
/// <param name="Stdout">Standard output as text.</param>
/// <param name="Stderr">Standard error as text; where the command did not start, the reason.</param>
/// <param name="TimedOut">It was ended because it took too long.</param>
public sealed record CommandOutput(int? ExitCode, string Stdout, string Stderr, bool TimedOut = false);

/// <summary>What the doctor knows of the host besides its settings.</summary>
/// <param name="Environment">The host's variables. Their values are looked at, never shown.</param>
/// <param name="HomeDirectory">Where agents keep their logins.</param>
public sealed record DoctorSurroundings(IReadOnlyDictionary<string, string> Environment, string HomeDirectory);
