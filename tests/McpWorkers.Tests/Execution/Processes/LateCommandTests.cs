using System.Diagnostics;
using McpWorkers.Engine.Execution.Processes;
using McpWorkers.Engine.Model;
using McpWorkers.Tests.Product;
using Xunit;

namespace McpWorkers.Tests.Execution.Processes;

public sealed class LateCommandTests : RunScene
{
    /// <summary>The wrapper is there and its command is not yet: a stop that looks once would see nothing to stop.</summary>
    [Fact(Timeout = 20_000)]
    public async Task Command_that_a_wrapper_starts_after_the_stop_began_is_ended_too()
    {
        LiveProcesses.NeedsProc();
        string place = Path.Combine(Root, "gate");
        var wrapper = Process.Start(new ProcessStartInfo("/bin/bash", ["-c", $"mkfifo '{place}'; exec 3<>'{place}'; echo up; read -t 0.5 -u 3; {LongSleep()}; :"])
        {
            RedirectStandardOutput = true,
            Environment = { [RunMarker.Variable] = $"{Mark}/run_late" },
        })!;
        Assert.Equal("up", await wrapper.StandardOutput.ReadLineAsync(Cancellation));
        var key = ProcessTable.Find(wrapper.Id)!.Value.Key;

        var processes = new RunProcesses(key, $"{Mark}/run_late", cgroup: null);
        await new ProcessStopper(new RunFiles(Root), processes, evidence: null, TimeProvider.System).StopAsync(StopPlan.KillNow, sameBoot: true, Cancellation);
        Assert.Empty(Left());
        await wrapper.WaitForExitAsync(Cancellation);
    }
}
