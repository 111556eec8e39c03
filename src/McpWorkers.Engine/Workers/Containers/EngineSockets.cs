using McpWorkers.Engine.Workspaces;

namespace McpWorkers.Engine.Workers.Containers;

/// <summary>Where container engines listen to whoever can open the path, also one that is mounted read-only.</summary>
internal static class EngineSockets
{
    /// <summary>Wherever they stand.</summary>
    private static readonly string[] Names = ["docker.sock", "podman.sock", "containerd.sock", "crio.sock"];

    /// <summary>The usual ones of the whole machine; those of users are below <c>/run/user</c>.</summary>
    public static IReadOnlyList<string> Usual { get; } =
        ["/run/docker.sock", "/var/run/docker.sock", "/run/podman/podman.sock", "/run/containerd/containerd.sock", "/run/crio/crio.sock"];

    /// <summary>The socket that a path is, or holds; null where there is none known. Links are followed.</summary>
    /// <param name="sockets">Where to look; null for <see cref="Usual"/>.</param>
    public static string? In(string path, IReadOnlyList<string>? sockets = null) => Names.Contains(Path.GetFileName(path))
        ? path
        : (sockets ?? Usual).Where(Path.Exists).Select(LinkedPath.Resolve).FirstOrDefault(socket => LinkedPath.IsWithin(socket, LinkedPath.Resolve(path)));
}
