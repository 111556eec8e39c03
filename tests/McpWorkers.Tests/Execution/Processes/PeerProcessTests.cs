using System.Globalization;
using System.Net.Sockets;
using McpWorkers.Engine.Execution;
using McpWorkers.Engine.Execution.Processes;
using McpWorkers.Engine.Model;
using McpWorkers.Tests.Product;
using Xunit;

namespace McpWorkers.Tests.Execution.Processes;

public sealed class PeerProcessTests : RunScene
{
    private const int Limit = 20_000;

    [Fact(Timeout = Limit)]
    public async Task Kernel_tells_who_connected()
    {
        string path = Path.Combine(Root, "s");
        using var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(new UnixDomainSocketEndPoint(path));
        listener.Listen();
        using var client = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await client.ConnectAsync(new UnixDomainSocketEndPoint(path), Cancellation);
        using var accepted = await listener.AcceptAsync(Cancellation);
        var peer = PeerProcess.Of(accepted);
        Assert.Equal(Environment.ProcessId, peer.Pid);
        var id = await CommandRunner.RunAsync("/bin/sh", ["-c", "id -u"], TimeSpan.FromSeconds(5), Cancellation);
        Assert.Equal(id.Stdout.Trim(), peer.UserId?.ToString(CultureInfo.InvariantCulture));
    }

    [Fact(Timeout = Limit)]
    public async Task Connection_over_the_network_tells_nobody()
    {
        using var listener = new TcpListener(System.Net.IPAddress.Loopback, 0);
        listener.Start();
        using var client = new TcpClient();
        await client.ConnectAsync((System.Net.IPEndPoint)listener.LocalEndpoint, Cancellation);
        using var accepted = await listener.AcceptSocketAsync(Cancellation);
        Assert.NotEqual(Environment.ProcessId, PeerProcess.Of(accepted).Pid);
    }

    // Each prints the id of a process that is asked about, and lives on.
    [Theory(Timeout = Limit)]
    [InlineData("echo $$; SLEEP; :")]
    [InlineData("env -i /bin/sh -c 'echo $$; SLEEP; :'; :")]
    [InlineData("MCPWORKERS_RUN=MARK/run_forged /bin/sh -c 'echo $$; SLEEP; :'; :")]
    [InlineData("env -i setsid /bin/sh -c 'echo $$; SLEEP; :' & wait")]
    [InlineData("(env -i /bin/sh -c 'echo $$; SLEEP; :' &); SLEEP; :")]
    public async Task Run_of_a_process_is_found_whatever_it_has_done_to_its_environment(string script)
    {
        LiveProcesses.NeedsProc();
        var launch = Script(script.Replace("SLEEP", LongSleep(), StringComparison.Ordinal).Replace("MARK", Mark, StringComparison.Ordinal));
        var handle = await StartAsync(launch);
        int pid = await PidOfAsync(handle);
        Assert.Equal(launch.RunId, PeerProcess.RunOf(pid, Mark));
        Assert.Null(PeerProcess.RunOf(pid, "another"));
        Assert.Null(PeerProcess.RunOf(pid, Mark[..^1]));
        await handle.StopAsync(new(StopKind.Cancelled, ""), StopPlan.KillNow, Cancellation);
    }

    [Fact(Timeout = Limit)]
    public async Task Process_with_nothing_left_of_its_run_is_known_by_its_cgroup()
    {
        LiveProcesses.NeedsProc();
        Cgroups.Needed();
        var launch = Script($"(env -i setsid /bin/sh -c 'echo $$; {LongSleep()}; :' &); {LongSleep()}");
        var handle = await StartAsync(launch);
        int pid = await PidOfAsync(handle);
        Assert.Equal(1, ProcessTable.Find(pid)!.Value.Parent);
        Assert.Equal(launch.RunId, PeerProcess.RunOf(pid, Mark));
        await handle.StopAsync(new(StopKind.Cancelled, ""), StopPlan.KillNow, Cancellation);
    }

    [Fact(Timeout = Limit)]
    public async Task Process_within_another_owners_run_that_is_within_ours_is_of_ours()
    {
        LiveProcesses.NeedsProc();
        var launch = Script($"env -i MCPWORKERS_RUN=other/run_inner MCPWORKERS_LINEAGE=:{Mark}/run_1: setsid -f /bin/sh -c 'echo $$; {LongSleep()}; :'; {LongSleep()}");
        var handle = await StartAsync(launch);
        int pid = await PidOfAsync(handle);
        Assert.Equal("run_1", launch.RunId);
        Assert.Equal("run_1", PeerProcess.RunOf(pid, Mark));
        await handle.StopAsync(new(StopKind.Cancelled, ""), StopPlan.KillNow, Cancellation);
    }

    [Fact(Timeout = Limit)]
    public void Process_outside_of_runs_has_none() => Assert.Null(PeerProcess.RunOf(Environment.ProcessId, Mark));

    private static async Task<int> PidOfAsync(IExecutionHandle handle)
    {
        await UntilOutputAsync(handle, "\n");
        return int.Parse(Output(handle).Split('\n')[0], CultureInfo.InvariantCulture);
    }
}
