namespace McpWorkers.Engine.Agents;

/// <summary>What <c>doctor</c> looks for. Data only: the doctor runs the commands.</summary>
/// <param name="Executable">Name looked for on PATH; empty for agents that are configured by command.</param>
/// <param name="VersionArguments">Prints the version.</param>
/// <param name="HelpArguments">Each a command line whose output lists flags.</param>
/// <param name="Flags">The flags that the adapter uses and that help should show.</param>
/// <param name="ProvedVersions">Versions that this adapter was run against.</param>
/// <param name="Install">The command that installs it.</param>
/// <param name="CredentialVariables">Any one of these set counts as a key.</param>
/// <param name="CredentialFiles">Any one of these existing counts as a login; relative to the home directory.</param>
public sealed record AgentProbe(
    string Executable,
    IReadOnlyList<string> VersionArguments,
    IReadOnlyList<IReadOnlyList<string>> HelpArguments,
    IReadOnlyList<string> Flags,
    IReadOnlyList<string> ProvedVersions,
    string Install,
    IReadOnlyList<string> CredentialVariables,
    IReadOnlyList<string> CredentialFiles);
