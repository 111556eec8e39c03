using System.Globalization;
using System.Net;
using System.Net.Sockets;
using McpWorkers.Engine.Execution.Processes;
using McpWorkers.Engine.Model;
using McpWorkers.Tests.Product;
using Xunit;

namespace McpWorkers.Tests.Execution.Processes;

public sealed class TcpPeerTests : RunScene
{
    private const int Limit = 20_000;

    // Each connects to PORT, sends a line and stays.
    [Theory(Timeout = Limit)]
    [InlineData("127.0.0.1", "exec /bin/bash -c 'exec 3<>/dev/tcp/127.0.0.1/PORT; echo hi >&3; SLEEP; :'")]
    [InlineData("127.0.0.1", "env -i setsid /bin/bash -c 'exec 3<>/dev/tcp/127.0.0.1/PORT; echo hi >&3; SLEEP; :' & wait")]
    [InlineData("::1", "env -i /bin/bash -c 'exec 3<>/dev/tcp/::1/PORT; echo hi >&3; SLEEP; :'; :")]
    public async Task Process_within_a_run_is_found(string address, string script)
    {
        LiveProcesses.NeedsProc();
        using var listener = new TcpListener(IPAddress.Parse(address), 0);
        listener.Start();
        var launch = Script(script.Replace("SLEEP", LongSleep(), StringComparison.Ordinal).Replace("PORT", PortOf(listener), StringComparison.Ordinal));
        var handle = await StartAsync(launch);
        using var accepted = await listener.AcceptSocketAsync(Cancellation);
        await accepted.ReceiveAsync(new byte[2], Cancellation);

        Assert.Equal(new TcpPeer.Within(launch.RunId), Find(accepted, Mark));
        Assert.Equal(TcpPeer.Outside, Find(accepted, "another"));
        await handle.StopAsync(new(StopKind.Cancelled, ""), StopPlan.KillNow, Cancellation);
    }

    [Fact(Timeout = Limit)]
    public async Task Client_outside_of_runs_and_one_of_this_process_are_outside()
    {
        using var listener = new TcpListener(IPAddress.IPv6Loopback, 0);
        listener.Server.DualMode = true;
        listener.Start();
        using var client = new TcpClient(AddressFamily.InterNetworkV6);
        await client.ConnectAsync((IPEndPoint)listener.LocalEndpoint, Cancellation);
        using var accepted = await listener.AcceptSocketAsync(Cancellation);

        Assert.Equal(TcpPeer.Outside, Find(accepted, Mark));
    }

    [Fact(Timeout = Limit)]
    public async Task One_that_closed_at_once_is_gone()
    {
        LiveProcesses.NeedsProc();
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        using (var client = new TcpClient())
        {
            await client.ConnectAsync((IPEndPoint)listener.LocalEndpoint, Cancellation);
            await client.GetStream().WriteAsync("GET / HTTP/1.1\r\n\r\n"u8.ToArray(), Cancellation);
        }

        using var accepted = await listener.AcceptSocketAsync(Cancellation);

        Assert.IsType<TcpPeer.Unknown>(Find(accepted, Mark));
    }

    [Fact(Timeout = Limit)]
    public async Task One_of_our_user_that_no_process_can_be_seen_to_hold_is_unknown()
    {
        LiveProcesses.NeedsProc();
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        using var client = new TcpClient();
        await client.ConnectAsync((IPEndPoint)listener.LocalEndpoint, Cancellation);
        using var accepted = await listener.AcceptSocketAsync(Cancellation);
        Assert.Equal(TcpPeer.Outside, Find(accepted, Mark));

        using var flight = DescriptorInFlight.Of(client.Client);

        Assert.IsType<TcpPeer.Unknown>(Find(accepted, Mark));
    }

    [Fact]
    public void Another_machines_connection_is_outside() =>
        Assert.Equal(TcpPeer.Outside, TcpPeer.Find(new(IPAddress.Parse("192.0.2.7"), 4711), new(IPAddress.Parse("192.0.2.1"), 80), Mark));

    private static TcpPeer Find(Socket accepted, string mark) => TcpPeer.Find((IPEndPoint)accepted.RemoteEndPoint!, (IPEndPoint)accepted.LocalEndPoint!, mark);

    private static string PortOf(TcpListener listener) => ((IPEndPoint)listener.LocalEndpoint).Port.ToString(CultureInfo.InvariantCulture);
}
