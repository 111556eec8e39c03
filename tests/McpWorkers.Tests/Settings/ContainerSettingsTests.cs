using McpWorkers.Engine.Model;
using Xunit;

namespace McpWorkers.Tests.Settings;

/// <summary>Launcher, container and limits, of worker types and of the host.</summary>
public sealed class ContainerSettingsTests : IDisposable
{
    private readonly SettingsPlace _place = new();

    public void Dispose() => _place.Dispose();

    [Fact]
    public void Type_says_how_its_containers_are()
    {
        _place.Write("user/ecosystem.yaml", """
            workers:
              - name: boxed
                agent: claude
                launcher: container
                container:
                  image: registry.example.org:5000/agents/claude:2@sha256:0123456789012345678901234567890123456789012345678901234567890123
                  network: agents
                  read_only: false
                  user: "1000:1000"
                  drop_capabilities: [NET_RAW, MKNOD]
                  mounts:
                    - ~/.claude/.credentials.json:~/.claude/.credentials.json
                    - /srv/models
                    - /srv/cache/:/cache:rw
                  pull: never
            """);

        var type = TypeOf("boxed");

        Assert.Equal(LauncherKind.Container, type.Launcher);
        Assert.StartsWith("registry.example.org:5000/agents/claude:2@sha256:", type.Container.Image, StringComparison.Ordinal);
        Assert.Equal(("agents", false, "1000:1000", ImagePull.Never), (type.Container.Network, type.Container.ReadOnlyRoot, type.Container.User, type.Container.Pull));
        Assert.Equal(["NET_RAW", "MKNOD"], type.Container.DropCapabilities);
        Assert.Equal(
            [
                new(Path.Combine("/home/me", ".claude/.credentials.json"), "~/.claude/.credentials.json"),
                new("/srv/models", "/srv/models"),
                new("/srv/cache", "/cache", IsReadOnly: false),
            ],
            type.Container.Mounts);
    }

    [Fact]
    public void What_a_type_leaves_out_is_the_safe_choice()
    {
        _place.Write("user/ecosystem.yaml", """
            workers:
              - name: shell
                runtime: podman
              - name: claude
            """);

        var shell = TypeOf("shell");
        Assert.Equal(("container", LauncherKind.Container, "debian:stable-slim"), (shell.Agent, shell.Launcher, shell.Container.Image));
        Assert.True(shell.Container.ReadOnlyRoot);
        Assert.Equal(["ALL"], shell.Container.DropCapabilities);
        Assert.Null(shell.Container.Network);

        var claude = TypeOf("claude");
        Assert.Equal((LauncherKind.Process, null), (claude.Launcher, claude.Container.Image));
        Assert.Equal(ResourceLimits.None, claude.Limits);
    }

    [Fact]
    public void Limits_of_a_type_stand_on_those_of_the_host()
    {
        _place.Write("user/mcpworkers.yaml", """
            limits:
              memory: 4G
              processes: 500
            containers:
              engine: unix:///run/user/1000/podman/podman.sock
              image: localhost/agents:1
              path_map:
                /data: /srv/mcpworkers/
            """);
        _place.Write("user/ecosystem.yaml", """
            workers:
              - name: small
                agent: claude
                limits:
                  memory: 512m
                  cpus: 1.5
                  disk: 1073741824
              - name: claude
            """);

        var settings = _place.Load().Settings;

        Assert.Equal(
            new() { MemoryBytes = 512L << 20, Cpus = 1.5, Processes = 500, DiskBytes = 1L << 30 },
            settings.WorkerTypes.Single(type => type.Name == "small").Limits);
        var claude = settings.WorkerTypes.Single(type => type.Name == "claude");
        Assert.Equal(new() { MemoryBytes = 4L << 30, Processes = 500 }, claude.Limits);
        Assert.Equal("localhost/agents:1", claude.Container.Image);
        Assert.Equal("unix:///run/user/1000/podman/podman.sock", settings.Containers.Engine);
        Assert.Equal([KeyValuePair.Create("/data", "/srv/mcpworkers")], settings.Containers.PathMap);
    }

    [Fact]
    public void Variables_say_it_too()
    {
        var settings = _place.Load(environment: new()
        {
            ["MCPWORKERS_LIMITS_MEMORY"] = "1.5G",
            ["MCPWORKERS_LIMITS_CPUS"] = "0.5",
            ["MCPWORKERS_CONTAINERS_PATH_MAP"] = "/data=/srv/mcpworkers, /work=/home/me/work",
        }).Settings;

        Assert.Equal((3L << 29, 0.5), (settings.Limits.MemoryBytes, settings.Limits.Cpus));
        Assert.Equal(["/data: /srv/mcpworkers", "/work: /home/me/work"], settings.Containers.PathMap.Select(each => $"{each.Key}: {each.Value}"));
    }

    [Theory]
    [InlineData("limits: {memory: 15M}", "workers.a.limits.memory: '15M' is not allowed. Allowed: a number of bytes, or one with K, M, G or T, from 16M to 1024T.")]
    [InlineData("limits: {memory: 2GB}", "workers.a.limits.memory: '2GB' is not allowed.")]
    [InlineData("limits: {cpus: 0}", "workers.a.limits.cpus: '0' is not allowed. Allowed: a number from 0.01 to 1024.")]
    [InlineData("limits: {processes: 1}", "workers.a.limits.processes: '1' is not allowed.")]
    [InlineData("container: {network: host}", "workers.a.container.network: 'host' is not allowed. Allowed: none, default, or the name of a network (not host).")]
    [InlineData("container: {network: \"container:x\"}", "workers.a.container.network: 'container:x' is not allowed.")]
    [InlineData("container: {drop_capabilities: [CAP_SYS_ADMIN]}", "workers.a.container.drop_capabilities[0]: 'CAP_SYS_ADMIN' is not allowed.")]
    [InlineData("container: {mounts: [relative]}", "workers.a.container.mounts[0]: 'relative' is not allowed. Allowed: SOURCE[:TARGET][:ro|rw], both absolute or beginning with ~/.")]
    [InlineData("container: {privileged: true}", "workers.a.container.privileged is not a known key.")]
    [InlineData("launcher: docker", "workers.a.launcher: 'docker' is not allowed. Allowed: process or container.")]
    [InlineData("runtime: docker, launcher: process", "workers.a.launcher: the agent 'container' is the shell of a container; leave the launcher out.")]
    public void What_is_wrong_is_told(string keys, string expected)
    {
        string agent = keys.Contains("runtime", StringComparison.Ordinal) ? "" : "agent: claude, ";
        _place.Write("user/ecosystem.yaml", $"workers: [{{name: a, {agent}{keys}}}]\n");

        var refused = Assert.Throws<RefusedException>(() => _place.Load());

        Assert.Contains(expected, refused.Message, StringComparison.Ordinal);
    }

    private WorkerType TypeOf(string name) => _place.Load().Settings.WorkerTypes.Single(type => type.Name == name);
}
