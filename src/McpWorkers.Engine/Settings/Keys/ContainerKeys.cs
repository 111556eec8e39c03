using static McpWorkers.Engine.Settings.Keys.SettingShape;

namespace McpWorkers.Engine.Settings.Keys;

/// <summary>What concerns containers and what runs may use of the machine: the host's own keys, and those of a worker type.</summary>
internal static class ContainerKeys
{
    private const long Mebi = 1024 * 1024;
    private const long Pebi = 1024 * 1024 * 1024 * Mebi;

    public static KeyTable Host => new(
        new("engine", new Text(TextRule.EngineAddress),
            "The address of Docker or Podman, such as `unix:///run/user/1000/podman/podman.sock`. Left out: `DOCKER_HOST`, `CONTAINER_HOST`, else the first of the usual sockets that answers."),
        new("image", new Text(TextRule.Image), "The image where neither the call nor its type names one, such as `localhost/agents:1`."),
        new("path_map", new TextMap(TextRule.AbsolutePath),
            "For a daemon that itself runs in a container: its directories by what they are called on the engine's machine, such as `/data: /srv/mcpworkers`. As a variable: `/data=/srv/mcpworkers,/work=/home/me/work`.", "{}"));

    public static KeyTable WorkerType { get; } = new(
        new("image", new Text(TextRule.Image), "Such as `node:22`; it needs a POSIX shell as /bin/sh. Left out: containers.image of the host, else debian:stable-slim for the agent container."),
        new("network", new Text(TextRule.Network), "none, default (the engine's own), or the name of a network of the engine. Left out: none for the agent container, default for AI CLIs."),
        new("read_only", new Flag(), "The image's own files cannot be changed; /tmp, /run and /var/tmp are in memory.", "true"),
        new("user", new Text(TextRule.ContainerUser), "Who its commands are: `UID`, `UID:GID`, or a name that the image knows. Left out: who the host runs as, so that what they write belongs to you."),
        new("drop_capabilities", new TextList(TextRule.Capability), "Capabilities that are taken away.", "[ALL]"),
        new("mounts", new TextList(TextRule.Mount),
            "Files and directories of the host to be had inside, beside workspace, home and run directory: `SOURCE[:TARGET][:ro|rw]`, read-only unless `rw`. `~/` is your home in the source, the worker's own in the target.", "[]"),
        new("pull", new Text(TextRule.Choice("missing", "never")), "When the image is fetched from its registry: missing (where the engine does not have it) or never.", "missing"));

    /// <summary>The same keys serve the host and single worker types.</summary>
    public static KeyTable Limits { get; } = new(
        new("memory", new Size(16 * Mebi, Pebi), "Of all its processes together; then `memory_limit`. In bytes, or such as `512M`, `2G`."),
        new("cpus", new Number(0.01, 1024), "Processors' time: 1.5 is one and a half of them. For processes of this machine it needs a cgroup."),
        new("processes", new Whole(4, 4_194_304), "Processes and threads at once; then `processes_limit`."),
        new("disk", new Size(Mebi, Pebi), "What its workspace, home and run directory hold together, or a container's own layer; then `disk_limit`. Watched, never enforced."));
}
