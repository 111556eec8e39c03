namespace McpWorkers.Engine.Execution.Containers.Api;

/// <summary>A place where a container engine may listen.</summary>
/// <param name="Source">Who names it, such as <c>DOCKER_HOST</c>; for messages.</param>
/// <param name="IsNamed">A person named it: nothing else is tried in its stead.</param>
internal sealed record EnginePlace(string Source, string Address, bool IsNamed, EngineTls? Tls = null);

/// <summary>Where engines are looked for. Pure.</summary>
internal static class EnginePlaces
{
    public const string Usual = "usual socket";

    /// <param name="configured">The setting; null where there is none. It comes before DOCKER_HOST, and that before CONTAINER_HOST.</param>
    /// <param name="environment">The host's variables.</param>
    /// <param name="runtimeDirectory">Where XDG_RUNTIME_DIR usually points; null where there is no such place.</param>
    /// <returns>The one that is named, or else the usual sockets: Docker's, then Podman's.</returns>
    public static IReadOnlyList<EnginePlace> Of(string? configured, IReadOnlyDictionary<string, string> environment, string homeDirectory, string? runtimeDirectory = null)
    {
        string? Variable(string name) => environment.GetValueOrDefault(name) is { Length: > 0 } value ? value : null;
        var tls = TlsOf(Variable, homeDirectory);
        if (configured is { Length: > 0 })
        {
            return [new("containers.engine", configured, true, tls)];
        }

        if (Variable("DOCKER_HOST") is { } docker)
        {
            return [new("DOCKER_HOST", docker, true, tls)];
        }

        // Podman's own variable; its addresses by TCP know no TLS.
        if (Variable("CONTAINER_HOST") is { } podman)
        {
            return [new("CONTAINER_HOST", podman, true)];
        }

        // A host that no login started has no such variable, though its user's engine may listen there.
        string? runtime = Variable("XDG_RUNTIME_DIR") ?? runtimeDirectory;
        string?[] sockets =
        [
            "/var/run/docker.sock",
            Below(runtime, "docker.sock"),
            Below(homeDirectory, ".docker/run/docker.sock"),
            Below(homeDirectory, ".docker/desktop/docker.sock"),
            Below(homeDirectory, ".colima/default/docker.sock"),
            "/run/podman/podman.sock",
            Below(runtime, "podman/podman.sock"),
            Below(homeDirectory, ".local/share/containers/podman/machine/podman.sock"),
        ];
        return [.. sockets.OfType<string>().Select(s => new EnginePlace(Usual, $"unix://{s}", false))];
    }

    // As the docker command does, but for one thing: what is encrypted is also checked.
    private static EngineTls? TlsOf(Func<string, string?> variable, string homeDirectory) =>
        variable("DOCKER_CERT_PATH") is { } directory ? new EngineTls(directory)
        : variable("DOCKER_TLS_VERIFY") is not null || variable("DOCKER_TLS") is not null ? new EngineTls(Path.Combine(homeDirectory, ".docker"))
        : null;

    private static string? Below(string? directory, string path) => directory is { Length: > 0 } && directory[0] == '/' ? $"{directory.TrimEnd('/')}/{path}" : null;
}
