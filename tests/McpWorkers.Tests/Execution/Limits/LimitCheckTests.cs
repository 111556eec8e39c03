using McpWorkers.Engine.Execution.Containers.Api;
using McpWorkers.Engine.Execution.Limits;
using McpWorkers.Engine.Model;
using Xunit;

namespace McpWorkers.Tests.Execution.Limits;

public sealed class LimitCheckTests
{
    private static readonly EngineIdentity Docker = new(EngineKind.Docker, "28.2.2", "1.41", IsRootless: false, MemoryLimit: true, CpuLimit: true, ProcessLimit: true, Processors: 2, []);

    public static TheoryData<string, string?> Asked => new()
    {
        { "memory 16777216", null },
        { "memory 16777215", "(limits: memory) is too small" },
        { "memory 0", "at least 16 MiB" },
        { "memory -1", "at least 16 MiB" },
        { "cpus 2", null },
        { "cpus 0.01", null },
        { "cpus 0.001", "at least 0.01" },
        { "cpus 2.5", "more than the 2 that there are. Say at most 2" },
        { "cpus NaN", "(limits: cpus) is too small" },
        { "cpus Infinity", "more than the 2" },
        { "processes 4", null },
        { "processes 3", "at least 4" },
        { "disk 1048576", null },
        { "disk 5", "at least 1 MiB" },
    };

    [Theory]
    [MemberData(nameof(Asked))]
    public void Limits_that_nothing_can_run_under_are_told_with_the_remedy(string asked, string? fault)
    {
        var limits = Parse(asked);
        foreach (string? found in new[] { LimitCheck.FindFault(limits, processors: 2), ContainerLimits.FindFault(limits, Docker) })
        {
            if (fault is null)
            {
                Assert.Null(found);
            }
            else
            {
                Assert.Contains(fault, found, StringComparison.Ordinal);
            }
        }
    }

    [Fact]
    public void Limit_that_an_engine_cannot_keep_is_refused_with_its_own_words()
    {
        var rootless = new EngineIdentity(EngineKind.Podman, "4.3.1", "1.41", IsRootless: true, MemoryLimit: true, CpuLimit: false, ProcessLimit: true, Processors: 8, ["No cpu cfs quota support"]);
        Assert.Null(ContainerLimits.FindFault(new() { MemoryBytes = 64 << 20, Processes = 10, DiskBytes = 1 << 30 }, rootless));
        string? fault = ContainerLimits.FindFault(new() { MemoryBytes = 64 << 20, Cpus = 4 }, rootless);
        Assert.Contains("Podman 4.3.1 cannot keep the limit 'cpus'", fault, StringComparison.Ordinal);
        Assert.Contains("No cpu cfs quota support", fault, StringComparison.Ordinal);
        Assert.Contains("Delegate", fault, StringComparison.Ordinal);
    }

    [Fact]
    public void Each_limit_says_how_it_is_kept_and_those_not_set_say_nothing()
    {
        Assert.Empty(LimitHolds.OfProcesses(ResourceLimits.None));
        var all = new ResourceLimits { MemoryBytes = 64 << 20, Cpus = 1, Processes = 10, DiskBytes = 1 << 30 };
        Assert.Equal([LimitHold.Enforced, LimitHold.Enforced, LimitHold.Enforced, LimitHold.Watched], LimitHolds.OfContainers(all).Select(limit => limit.Hold));
        Assert.Equal(LimitHold.Watched, LimitHolds.OfProcesses(all).Single(limit => limit.Kind == LimitKind.Disk).Hold);
        Assert.Equal([LimitHold.Enforced], LimitHolds.OfLaunch(new() { Cpus = 1 }, [LimitKind.Cpu]).Select(limit => limit.Hold));
        Assert.Contains("systemd-run", LimitHolds.FindUnavailable(LimitHolds.OfLaunch(new() { Cpus = 1 }, [])), StringComparison.Ordinal);
    }

    private static ResourceLimits Parse(string asked)
    {
        string[] words = asked.Split(' ');
        double value = double.Parse(words[1], System.Globalization.CultureInfo.InvariantCulture);
        return words[0] switch
        {
            "memory" => new() { MemoryBytes = (long)value },
            "cpus" => new() { Cpus = value },
            "processes" => new() { Processes = (int)value },
            _ => new() { DiskBytes = (long)value },
        };
    }
}
