using McpWorkers.Engine.Execution;
using McpWorkers.Engine.Execution.Limits;
using McpWorkers.Engine.Execution.Processes;
using McpWorkers.Engine.Model;
using McpWorkers.Tests.Execution.Processes;
using Xunit;

namespace McpWorkers.Tests.Execution.Limits;

/// <summary>Runs of shell scripts under limits.</summary>
public abstract class LimitScene : RunScene
{
    internal const int Seconds = 90_000;
    internal const long Mebi = 1024 * 1024;

    /// <summary>Holds so much memory until it is ended: what has no line feed is kept whole by it.</summary>
    internal static string Hold(int mebi) => $"(head -c {mebi}m /dev/zero; exec sleep 60) | tail";

    internal CommandLaunch Limited(string script, ResourceLimits limits) => Script(script) with { Limits = limits };

    internal static async Task<ExecutionEnd> EndAsync(ProcessLauncher launcher, CommandLaunch launch)
    {
        var handle = await launcher.LaunchAsync(launch, Cancellation);
        return await handle.ObserveAsync(new LineCollector(), Cancellation);
    }

    /// <summary>Skips where the kernel keeps no such limit for us.</summary>
    internal static void NeedsKernel(LimitKind kind)
    {
        var limits = new ResourceLimits { MemoryBytes = 64 * Mebi, Cpus = 0.5, Processes = 64 };
        Assert.SkipUnless(
            LimitHolds.OfProcesses(limits).Any(limit => limit.Kind == kind && limit.Hold == LimitHold.Enforced),
            $"No control group can be made here that keeps a limit of the kind {kind}.");
    }

    internal static void WasStoppedFor(LimitKind kind, double limit, ExecutionEnd end)
    {
        Assert.Equal(StopKind.Resource, end.Stop?.Kind);
        var reached = end.Stop!.Reached!;
        Assert.Equal((kind, limit), (reached.Kind, reached.Limit));
        Assert.True(reached.Measured > limit, $"{reached.Measured} is more than {limit}");
        Assert.Equal(LimitHold.Watched, end.Limits.Single(held => held.Kind == kind).Hold);
    }
}
