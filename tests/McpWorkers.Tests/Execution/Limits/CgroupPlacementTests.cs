using McpWorkers.Engine.Execution.Limits;
using McpWorkers.Engine.Execution.Processes;
using McpWorkers.Engine.Model;
using Xunit;

namespace McpWorkers.Tests.Execution.Limits;

/// <summary>Version 2 of control groups, by directories that look like it: what is written where. The kernel's own part is not in here.</summary>
public sealed class CgroupPlacementTests : IDisposable
{
    private static readonly LimitKind[] All = [LimitKind.Memory, LimitKind.Cpu, LimitKind.Processes];

    private readonly string _root = Directory.CreateTempSubdirectory("groups-").FullName;

    [Fact]
    public void Group_around_the_host_that_gives_the_controllers_is_the_place()
    {
        Group("app", "memory pids cpu", "memory pids cpu");
        Group("app/host", "memory pids cpu", "");
        var found = CgroupPlacement.Find(HostIn("app/host"), All);
        Assert.Equal(Path.Combine(_root, "app"), found?.Directory);
        Assert.Equal(All, found?.Kinds);
    }

    [Fact]
    public void Nearest_place_with_the_most_controllers_is_taken()
    {
        Group("", "memory pids cpu", "memory cpu");
        Group("app", "memory cpu", "memory");
        Group("app/inner", "", "");
        Group("app/inner/host", "", "");
        Assert.Equal([LimitKind.Memory], CgroupPlacement.Find(HostIn("app/inner/host"), [LimitKind.Memory])?.Kinds);
        Assert.Equal(Path.Combine(_root, "app"), CgroupPlacement.Find(HostIn("app/inner/host"), [LimitKind.Memory])?.Directory);
        Assert.Equal((_root, 2), CgroupPlacement.Find(HostIn("app/inner/host"), All) is var (place, kinds) ? (place, kinds.Count) : default);
    }

    [Fact]
    public void Controllers_that_a_near_group_has_and_does_not_give_yet_are_turned_on()
    {
        Group("service", "memory pids", "");
        Group("service/host", "", "");
        Assert.Equal([LimitKind.Memory], CgroupPlacement.Find(HostIn("service/host"), [LimitKind.Memory, LimitKind.Cpu])?.Kinds);
        Assert.Equal("+memory", File.ReadAllText(Path.Combine(_root, "service", "cgroup.subtree_control")));

        // A slice is systemd's own, and it alone says what it gives.
        Group("app.slice", "memory pids", "");
        Group("app.slice/host.scope", "", "");
        Assert.Null(CgroupPlacement.Find(HostIn("app.slice/host.scope"), [LimitKind.Memory]));
    }

    [Fact]
    public void Host_within_a_run_stays_within_that_runs_limits()
    {
        Group("", "memory pids cpu", "memory pids cpu");
        Group("mcpworkers-owner.run_1", "memory pids cpu", "");
        Group("mcpworkers-owner.run_1/within", "", "");
        File.Delete(Path.Combine(_root, "mcpworkers-owner.run_1", "cgroup.controllers"));
        Assert.Null(CgroupPlacement.Find(HostIn("mcpworkers-owner.run_1/within"), All));
    }

    [Fact]
    public void Group_that_we_may_not_move_processes_in_is_no_place()
    {
        Group("", "memory", "memory");
        Group("host", "memory", "");
        File.Delete(Path.Combine(_root, "cgroup.procs"));
        Assert.Null(CgroupPlacement.Find(HostIn("host"), [LimitKind.Memory]));
    }

    [Fact]
    public void Limits_are_written_into_one_group_by_which_the_run_is_known_too()
    {
        Group("", "memory pids cpu", "memory pids cpu");
        Group("host", "memory pids cpu", "");
        var limits = new ResourceLimits { MemoryBytes = 64 << 20, Cpus = 1.5, Processes = 100, DiskBytes = 1 << 30 };
        var made = RunCgroup.TryMake("owner", "run_1", limits, new(HostIn("host"), []))!;
        Assert.Equal(Path.Combine(_root, "mcpworkers-owner.run_1"), made.Path);
        Assert.Equal(All, made.Limits.Keys.Order());
        Assert.All(made.Limits.Values, path => Assert.Equal(made.Path, path));
        Assert.Equal("67108864", Read(made, "memory.max"));
        Assert.Equal("0", Read(made, "memory.swap.max"));
        Assert.Equal("150000 100000", Read(made, "cpu.max"));
        Assert.Equal("100", Read(made, "pids.max"));
    }

    [Fact]
    public void Run_without_limits_has_its_group_below_the_hosts()
    {
        Group("host", "", "");
        Assert.Equal(Path.Combine(_root, "host", "mcpworkers-owner.run_1"), RunCgroup.TryMake("owner", "run_1", null, new(HostIn("host"), []))!.Path);
    }

    [Theory]
    [InlineData("memory.events", "low 0\nhigh 3\nmax 12\noom 1\noom_kill 1\noom_group_kill 0\n", LimitKind.Memory, true)]
    [InlineData("memory.events", "low 0\nhigh 3\nmax 12\noom 0\noom_kill 0\n", LimitKind.Memory, false)]
    [InlineData("pids.events", "max 4\n", LimitKind.Processes, true)]
    [InlineData("pids.events", "max 0\n", LimitKind.Processes, false)]
    [InlineData("none", "", LimitKind.Memory, false)]
    public void What_died_of_a_limit_is_told_by_the_groups_events(string file, string text, LimitKind kind, bool reached)
    {
        File.WriteAllText(Path.Combine(_root, file), text);
        Assert.Equal(reached, CgroupFiles.HasBeenReached(_root, isUnified: true, kind));
        File.WriteAllText(Path.Combine(_root, "pids.max"), "0\n");
        Assert.Equal(reached && kind == LimitKind.Memory, CgroupFiles.HasBeenReached(_root, isUnified: true, kind));
    }

    public void Dispose() => Directory.Delete(_root, recursive: true);

    private CgroupHierarchy HostIn(string path) => new(_root, "", Path.Combine(_root, path));

    private static string Read(RunCgroup cgroup, string file) => File.ReadAllText(Path.Combine(cgroup.Path, file));

    private void Group(string path, string has, string gives)
    {
        string group = Directory.CreateDirectory(Path.Combine(_root, path)).FullName;
        File.WriteAllText(Path.Combine(group, "cgroup.controllers"), has + "\n");
        File.WriteAllText(Path.Combine(group, "cgroup.subtree_control"), gives + "\n");
        File.WriteAllText(Path.Combine(group, "cgroup.procs"), "");
    }
}
