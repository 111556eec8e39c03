using McpWorkers.Engine.Execution;
using McpWorkers.Engine.Execution.Processes;
using McpWorkers.Tests.Product;
using Xunit;

namespace McpWorkers.Tests.Execution.Processes;

public sealed class DetachedProcessTests : RunScene
{
    private const int Limit = 20_000;

    private string Log => Path.Combine(Root, "daemon.log");

    [Fact(Timeout = Limit)]
    public async Task Program_is_nobodys_child_in_a_session_of_its_own()
    {
        LiveProcesses.NeedsProc();
        using var ignored = IgnoredSignals.Begin();
        string sleep = LongSleep();
        var started = DetachedProcess.Start(["/bin/sh", "-c", $"cut -d' ' -f4,6 /proc/self/stat; grep SigIgn /proc/self/status; pwd; ls -l /proc/self/fd; env; {sleep}; :"], Variables(), Log);
        
        // The sleep itself: a shell that has forked for an earlier command has the whole line too.
        await LiveProcesses.UntilAsync(
            () => LiveProcesses.WithCommand(sleep).Any(process => process.Split(' ', 2)[1].StartsWith("sleep", StringComparison.Ordinal)),
            TimeSpan.FromSeconds(5),
            "it has come to its last command");

        Assert.False(started.HasEnded);
        var program = ProcessTable.Find(int.Parse(LiveProcesses.WithCommand("/bin/sh -c cut").Single().Split(' ')[0]))!.Value;
        Assert.NotEqual(Environment.ProcessId, program.Parent);
        Assert.NotEqual(ProcessTable.Find(Environment.ProcessId)!.Value.Session, program.Session);
        Assert.DoesNotContain(ProcessTable.Read(), entry => entry.Parent == Environment.ProcessId && entry.IsZombie && entry.Key.Pid == program.Session);
        Assert.Null(ProcessTable.Find(program.Session));

        string said = await File.ReadAllTextAsync(Log, Cancellation);

        // All but two that the C library keeps for itself (32 and 33).
        string mask = said.Split("SigIgn:\t")[1].Split('\n')[0];
        Assert.Equal(0UL, Convert.ToUInt64(mask, 16) & 0x7FFFFFFF);
        Assert.Contains("\n/\n", said, StringComparison.Ordinal);
        Assert.Contains("0 -> /dev/null", said, StringComparison.Ordinal);
        Assert.Contains($"1 -> {Log}", said, StringComparison.Ordinal);
        Assert.Contains($"2 -> {Log}", said, StringComparison.Ordinal);
        Assert.Equal(4, said.Split(" -> ").Length - 1); // and the folder that is being listed
        Assert.Contains("\nKEPT=1 and 2\n", said, StringComparison.Ordinal);
        Assert.DoesNotContain("MCPWORKERS_", said, StringComparison.Ordinal);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, OperatingSystem.IsWindows() ? default : File.GetUnixFileMode(Log));

        RunProcesses.Signal(ProcessTable.Read().Where(entry => entry.Session == program.Session).Select(entry => entry.Key), Engine.Model.StopSignal.Kill);
        await LiveProcesses.UntilAsync(() => started.HasEnded, TimeSpan.FromSeconds(5), "it is seen to have ended");
    }

    [Fact(Timeout = Limit)]
    public async Task Log_is_appended_to_and_keeps_what_a_program_complained_about()
    {
        await File.WriteAllTextAsync(Log, "before\n", Cancellation);
        var started = DetachedProcess.Start(["/bin/sh", "-c", "echo out; echo bad >&2; exit 3"], Variables(), Log);
        await LiveProcesses.UntilAsync(() => started.HasEnded, TimeSpan.FromSeconds(5), "it ends");
        Assert.Equal("before\nout\nbad\n", await File.ReadAllTextAsync(Log, Cancellation));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, OperatingSystem.IsWindows() ? default : File.GetUnixFileMode(Log));
    }

    [Fact(Timeout = Limit)]
    public void Program_that_cannot_be_started_and_log_that_cannot_be_made_are_named()
    {
        var e = Assert.Throws<LaunchException>(() => DetachedProcess.Start(["/nowhere/program"], Variables(), Log));
        Assert.Contains("'/nowhere/program'", e.Message, StringComparison.Ordinal);
        e = Assert.Throws<LaunchException>(() => DetachedProcess.Start(["/bin/true"], Variables(), Path.Combine(Root, "none", "log")));
        Assert.Contains("none", e.Message, StringComparison.Ordinal);
    }

    private Dictionary<string, string> Variables() => new()
    {
        ["PATH"] = Environment.GetEnvironmentVariable("PATH")!,
        ["KEPT"] = "1 and 2",
        ["MCPWORKERS_RUN"] = $"{Mark}/run_outer",
        ["MCPWORKERS_LINEAGE"] = $":{Mark}/run_outermost:",
    };
}
