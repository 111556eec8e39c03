using McpWorkers.Engine.Execution.Limits;
using McpWorkers.Engine.Model;
using Xunit;

namespace McpWorkers.Tests.Workers;

/// <summary>What a user reads of a worker type's limits.</summary>
public sealed class LimitedRunsTests
{
    private const long Mebi = 1024 * 1024;

    [Fact(Timeout = 60_000)]
    public async Task A_run_that_takes_too_much_memory_says_so_with_the_figure_and_how_the_limit_is_kept()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "The kernel's or /proc's figures are wanted.");
        var limits = new ResourceLimits { MemoryBytes = 32 * Mebi, Processes = 50 };
        bool isKernels = LimitHolds.OfProcesses(limits)[0].Hold == LimitHold.Enforced;
        await using var host = new TestHost();
        await using var manager = host.NewManager(TypeOf("greedy", "(head -c 64m /dev/zero && exec sleep 30) | tail | grep never", limits));
        string id = (await manager.SpawnAsync(new() { WorkerType = "greedy" })).Single();
        var result = await manager.ExecuteAsync(id, "go");
        Assert.Equal((WorkerStatus.Failed, "memory_limit"), (result.Status, (string?)result.Metadata["outcome"]));
        Assert.Contains("more than 32 MiB of memory", result.Error, StringComparison.Ordinal);
        Assert.Contains("limits.memory", result.Error, StringComparison.Ordinal);
        string hold = isKernels ? "enforced" : "watched";
        Assert.Equal(
            $$$"""{"memory":{"limit":33554432,"hold":"{{{hold}}}"},"processes":{"limit":50,"hold":"{{{hold}}}"}}""", result.Metadata["limits"]?.ToJsonString());
    }

    [Fact(Timeout = 60_000)]
    public async Task A_run_that_goes_on_without_what_died_of_a_limit_is_a_success()
    {
        Assert.SkipUnless(LimitHolds.OfProcesses(new() { MemoryBytes = 64 * Mebi })[0].Hold == LimitHold.Enforced, "No control group can be made here that keeps a limit on memory.");
        await using var host = new TestHost();
        await using var manager = host.NewManager(TypeOf("careful", "dd if=/dev/zero of=/dev/null bs=64M count=1 2>/dev/null; echo did without", new() { MemoryBytes = 32 * Mebi }));
        string id = (await manager.SpawnAsync(new() { WorkerType = "careful" })).Single();
        var result = await manager.ExecuteAsync(id, "go");
        Assert.Equal(("completed", "did without"), ((string?)result.Metadata["outcome"], result.Output.Trim()));
    }

    private static WorkerType TypeOf(string name, string script, ResourceLimits limits) =>
        new() { Name = name, Agent = "command", Command = ["/bin/sh", "-c", script], Limits = limits };
}
