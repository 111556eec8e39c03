using System.Text.Json.Nodes;
using McpWorkers.Daemon;
using McpWorkers.Engine.Storage;
using McpWorkers.Tests.Product;
using Xunit;

namespace McpWorkers.Tests.Daemon;

/// <summary>A daemon of another version, of other settings, or beside another one.</summary>
public sealed class DaemonSuccessionTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(40);

    [Fact(Timeout = 90_000)]
    public async Task Older_daemon_makes_room_for_a_newer_one()
    {
        using var home = new ProductHome();
        using var place = new DaemonPlace();
        var old = await DaemonHost.StartAsync(
            place.Options() with { DataDirectory = home.Data, Version = new("0.0.1", 1) }, TestContext.Current.CancellationToken);
        using var client = await place.OpenAsync(place.Request with { DataDirectory = home.Data, Version = new("0.0.1", 1) });
        var leaving = LeaveWhenAskedAsync(old);

        var started = await ProductCommand.RunAsync(home, Limit, "daemon", "start");

        Assert.True(started.ExitCode == 0, started.ToString());
        Assert.Equal(LeaveReason.Replaced, await leaving.WaitAsync(Limit, TestContext.Current.CancellationToken));
        Assert.Equal("""{"mcpworkers":"goodbye","reason":"replaced"}""", await client.Stream.ReadAsync());
        Assert.NotEqual(Environment.ProcessId, ProductDaemon.Pid(home));
    }

    [Fact(Timeout = 60_000)]
    public async Task Newer_daemon_is_used_where_it_can_be_understood_and_else_refused()
    {
        using var home = new ProductHome();
        using var place = new DaemonPlace();
        await using (await DaemonHost.StartAsync(
            place.Options() with { DataDirectory = home.Data, Version = new("99.0.0", 1) }, TestContext.Current.CancellationToken))
        {
            var status = await ProductCommand.RunAsync(home, Limit, "daemon", "status", "--json");
            Assert.Equal("99.0.0", (string?)JsonNode.Parse(status.Stdout)!["version"]);
        }

        await using (await DaemonHost.StartAsync(
            place.Options() with { DataDirectory = home.Data, Version = new("99.0.0", 2) }, TestContext.Current.CancellationToken))
        {
            var status = await ProductCommand.RunAsync(home, Limit, "daemon", "status");
            Assert.Equal(2, status.ExitCode);
            Assert.Contains("99.0.0", status.Stderr, StringComparison.Ordinal);
        }
    }

    [Fact(Timeout = 60_000)]
    public async Task Other_settings_are_refused_with_the_remedy_and_a_restart_takes_them()
    {
        using var home = new ProductHome();
        string other = Directory.CreateDirectory(Path.Combine(home.Root, "other")).FullName;
        File.WriteAllText(Path.Combine(other, "mcpworkers.yaml"), "max_workers: 7\n");
        await ProductCommand.RunAsync(home, Limit, "daemon", "start");

        using var relay = new RelayProcess(home, "--config", other);
        relay.EndInput();
        Assert.Equal(2, await relay.EndAsync());
        Assert.Contains($"mcpworkers daemon restart --config {other}", relay.Stderr, StringComparison.Ordinal);

        await RunWithoutConfigAsync(home, "daemon", "restart", "--config", other);
        using var again = new RelayProcess(home, "--config", other);
        await again.OpenAsync();
        ProductDaemon.Kill(home);
        var health = await again.CallAsync("worker_health", []);
        Assert.Contains("7", health.ToJsonString(), StringComparison.Ordinal);
        Assert.Equal(other, DaemonInfo.Read(DataDirectory.PathsOf(home.Data))!.Arguments.ConfigPath);
    }

    [Fact(Timeout = 60_000)]
    public async Task Serve_is_refused_beside_a_daemon_and_takes_over_when_told()
    {
        LiveProcesses.NeedsProc();
        using var home = new ProductHome();
        await ProductCommand.RunAsync(home, Limit, "daemon", "start");
        int first = ProductDaemon.Pid(home)!.Value;

        var refused = await ProductCommand.RunAsync(home, Limit, "serve", "--port", "0");
        Assert.Equal(2, refused.ExitCode);
        Assert.Contains("--replace", refused.Stderr, StringComparison.Ordinal);

        using var serving = ProductCommand.Start(home, "serve", "--port", "0", "--replace");
        await LiveProcesses.UntilAsync(() => ProductDaemon.Pid(home) is { } now && now != first, TimeSpan.FromSeconds(20), "the other one serves");
        using var web = new HttpClient();
        Assert.True((await web.GetAsync(new Uri(DaemonInfo.Read(DataDirectory.PathsOf(home.Data))!.Http + "/health"), TestContext.Current.CancellationToken)).IsSuccessStatusCode);
        Assert.Empty(ProductDaemon.All(home));
        serving.Interrupt();
        var end = await serving.EndAsync(Limit);
        Assert.True(end.ExitCode == 0, end.ToString());
        Assert.Contains("Socket", end.Stdout, StringComparison.Ordinal);
        Assert.Contains("http://127.0.0.1:", end.Stdout, StringComparison.Ordinal);
        Assert.Contains("mcpworkers token create", end.Stdout, StringComparison.Ordinal);
    }

    private static async Task<LeaveReason> LeaveWhenAskedAsync(DaemonHost host)
    {
        var reason = await host.Asked;
        await host.DisposeAsync();
        return reason;
    }

    private static async Task RunWithoutConfigAsync(ProductHome home, params string[] arguments)
    {
        var start = new System.Diagnostics.ProcessStartInfo(ProductPaths.Executable, arguments) { RedirectStandardOutput = true };
        start.Environment.Clear();
        foreach (var (name, value) in home.Environment)
        {
            start.Environment[name] = value;
        }

        using var process = System.Diagnostics.Process.Start(start)!;
        await process.WaitForExitAsync(TestContext.Current.CancellationToken).WaitAsync(Limit);
        Assert.Equal(0, process.ExitCode);
    }
}
