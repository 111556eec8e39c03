using McpWorkers.Engine.Model;
using McpWorkers.Engine.Workers.Doctor;
using Xunit;

namespace McpWorkers.Tests.Workers.Doctor;

/// <summary>What the doctor says of container engines.</summary>
public sealed class EngineCheckTests
{
    private static readonly HostSettings Settings = new()
    {
        DataDirectory = "/data",
        WorkerTypes = [new() { Name = "boxed", Agent = "container", Launcher = LauncherKind.Container }, new() { Name = "plain", Agent = "command" }],
    };

    [Fact]
    public void No_engine_is_a_warning_that_names_who_needs_one_and_the_remedy()
    {
        var check = EngineCheck.Of([], Settings);

        Assert.Equal(CheckStatus.Warning, check.Status);
        Assert.Equal("No container engine was found. Without one these worker types cannot run: boxed.", check.Message);
        Assert.StartsWith("Install Docker or Podman and start it", check.Remedy, StringComparison.Ordinal);
        Assert.StartsWith("No container engine was found. Install Docker", EngineCheck.WhyNone([]), StringComparison.Ordinal);
    }

    [Fact]
    public void An_engine_that_was_named_and_does_not_answer_is_told_with_its_fault()
    {
        var check = EngineCheck.Of([new("tcp://10.0.0.5:2376") { NamedBy = "DOCKER_HOST", Fault = "connection refused." }], Settings);

        Assert.Equal(CheckStatus.Warning, check.Status);
        Assert.StartsWith("No container engine can be used: tcp://10.0.0.5:2376 (DOCKER_HOST): connection refused.", check.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_first_engine_that_can_be_used_is_told_with_what_it_can_do()
    {
        EngineSighting[] sightings =
        [
            new("unix:///run/docker.sock") { Fault = "permission denied" },
            new("unix:///run/podman.sock") { NamedBy = "CONTAINER_HOST", Engine = "Podman 4.3.1, API 1.41" },
        ];

        Assert.Equal(
            new("containers", CheckStatus.Ok, "Podman 4.3.1, API 1.41 at unix:///run/podman.sock, by CONTAINER_HOST. It keeps limits of memory, processor time and processes."),
            EngineCheck.Of(sightings, Settings));
        Assert.Null(EngineCheck.WhyNone(sightings));
    }

    [Fact]
    public void What_an_engine_cannot_keep_is_a_warning_with_the_remedy()
    {
        var check = EngineCheck.Of(
            [new("unix:///run/user/1000/podman/podman.sock") { Engine = "Podman 5.0.0, API 1.41", IsRootless = true, CannotKeep = ["cpus"], Warnings = ["No cpu cfs quota support."] }],
            Settings);

        Assert.Equal(CheckStatus.Warning, check.Status);
        Assert.Equal(
            "Podman 5.0.0, API 1.41 at unix:///run/user/1000/podman/podman.sock, rootless (not proved). It cannot keep these limits: cpus. It says: No cpu cfs quota support.",
            check.Message);
        Assert.StartsWith("Delegate the controllers of cgroup v2", check.Remedy, StringComparison.Ordinal);
    }
}
