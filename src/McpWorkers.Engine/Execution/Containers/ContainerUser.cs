using System.Globalization;
using McpWorkers.Engine.Execution.Containers.Api;
using McpWorkers.Engine.Execution.Processes;

namespace McpWorkers.Engine.Execution.Containers;

/// <summary>As whom commands run in a container.</summary>
/// <param name="Name">As the engine takes it.</param>
/// <param name="IsHost">What it writes belongs to this host's own user.</param>
internal sealed record ContainerUser(string Name, bool IsHost)
{
    /// <param name="asked"><c>UID[:GID]</c>, a name, or null for the host's own.</param>
    public static ContainerUser Of(string? asked, EngineIdentity engine)
    {
        string own = FormattableString.Invariant($"{HostUser.Id}:{HostUser.Group}");
        if (asked is null)
        {
            // The superuser within a rootless Docker is the user whose engine it is; Podman keeps the number, see KeepsUserId.
            return new(engine is { IsRootless: true, Kind: EngineKind.Docker } ? "0:0" : own, true);
        }

        return new(asked, asked.Split(':')[0] == HostUser.Id.ToString(CultureInfo.InvariantCulture));
    }
}
