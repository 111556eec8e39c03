using McpWorkers.Engine.Execution.Processes;

namespace McpWorkers.Engine.Execution.Containers.Api;

/// <summary>What was found at a place.</summary>
/// <param name="Source">Who names the place: <c>containers.engine</c>, <c>DOCKER_HOST</c>, <c>CONTAINER_HOST</c> or <c>usual socket</c>.</param>
/// <param name="Identity">Null where no engine answers there.</param>
/// <param name="Fault">Why not, in a sentence; null where one answers.</param>
internal sealed record EngineFinding(string Source, string Address, EngineIdentity? Identity, string? Fault);

/// <summary>Looks for container engines. An engine that somebody names is the only one that is tried.</summary>
/// <param name="configured">The host's setting <c>containers.engine</c>; null where there is none.</param>
/// <param name="environment">The host's variables.</param>
internal sealed class EngineSearch(string? configured, IReadOnlyDictionary<string, string> environment, string homeDirectory, TimeProvider time)
{
    public const string Remedy = "Install Docker or Podman and start it (Podman: systemctl --user enable --now podman.socket), or name an engine that runs: "
        + "DOCKER_HOST=unix:///path, or containers.engine in the settings.";

    /// <summary>One that hangs is given up.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly IReadOnlyList<EnginePlace> _places = EnginePlaces.Of(configured, environment, homeDirectory, UsualRuntimeDirectory);

    /// <summary>Every place that was looked at, in the order of preference; the first with an identity is the one that is used.</summary>
    public async Task<IReadOnlyList<EngineFinding>> LookAsync(CancellationToken cancellationToken) =>
        await Task.WhenAll(_places.Select(p => LookAsync(p, cancellationToken)));

    /// <summary>The engine that is used; the caller disposes of it.</summary>
    /// <exception cref="EngineException">None answers; the message says where it was looked for, and what to do.</exception>
    public async Task<ContainerEngine> OpenAsync(CancellationToken cancellationToken)
    {
        var findings = await LookAsync(cancellationToken);
        int chosen = findings.ToList().FindIndex(f => f.Identity is not null);
        return chosen >= 0 ? Open(_places[chosen]) : throw new EngineException(EngineFault.Unreachable, WhyNone(findings));
    }

    private static string? UsualRuntimeDirectory => OperatingSystem.IsLinux() ? FormattableString.Invariant($"/run/user/{HostUser.Id}") : null;

    private static string WhyNone(IReadOnlyList<EngineFinding> findings) => findings is [{ Source: not EnginePlaces.Usual } named]
        ? $"The container engine that {named.Source} names cannot be used: {named.Fault} Start it, or name another one."
        : $"No container engine was found: {string.Join("; ", findings.Select(f => f.Fault!.TrimEnd('.')))}. {Remedy}";

    private async Task<EngineFinding> LookAsync(EnginePlace place, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(Patience, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            // Most usual sockets are on no machine: their absence is no reason to say much.
            if (!place.IsNamed && !File.Exists(EngineAddress.Parse(place.Address).Socket))
            {
                return new(place.Source, place.Address, null, $"{place.Address} is not there.");
            }

            using var engine = Open(place);
            return new(place.Source, engine.Address, await engine.IdentifyAsync(either.Token), null);
        }
        catch (EngineException e)
        {
            return new(place.Source, place.Address, null, e.Message);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return new(place.Source, place.Address, null, $"What listens at {place.Address} did not answer within {Patience.TotalSeconds:0} s.");
        }
    }

    private ContainerEngine Open(EnginePlace place) => new(EngineAddress.Parse(place.Address, place.Tls), time);
}
