using System.Text.Json.Nodes;
using McpWorkers.Daemon;
using McpWorkers.Engine.Storage;
using McpWorkers.Tests.Product;
using Xunit;

namespace McpWorkers.Tests.Daemon;

/// <summary>The daemon as a process of the built product, started by its clients.</summary>
public sealed class DaemonProcessTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(40);

    [Fact(Timeout = 90_000)]
    public async Task Clients_that_start_at_once_have_one_daemon()
    {
        LiveProcesses.NeedsProc();
        using var home = new ProductHome();

        var ends = await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => ProductCommand.RunAsync(home, Limit, "daemon", "start")));

        Assert.All(ends, end => Assert.True(end.ExitCode == 0, end.ToString()));
        Assert.Single(ends, end => end.Stdout.Contains("was started", StringComparison.Ordinal));
        Assert.Single(ProductDaemon.All(home));
        Assert.Single(ends.Select(end => end.Stdout.Split("pid ")[1].Split(')')[0]).Distinct());
    }

    [Fact(Timeout = 60_000)]
    public async Task Daemon_is_detached_from_whoever_started_it()
    {
        LiveProcesses.NeedsProc();
        using var home = new ProductHome();
        home.Set("MCPWORKERS_RUN", "0123456789abcdef/run_outer");
        Assert.Equal(0, (await ProductCommand.RunAsync(home, Limit, "daemon", "start")).ExitCode);
        int pid = ProductDaemon.Pid(home)!.Value;

        string[] stat = File.ReadAllText($"/proc/{pid}/stat").Split(')')[1].Split(' ', StringSplitOptions.RemoveEmptyEntries);
        string session = stat[3];
        Assert.NotEqual(File.ReadAllText("/proc/self/stat").Split(')')[1].Split(' ', StringSplitOptions.RemoveEmptyEntries)[3], session);
        Assert.Equal("0", stat[4]);
        Assert.Equal("/", new FileInfo($"/proc/{pid}/cwd").LinkTarget);
        Assert.Equal("/dev/null", new FileInfo($"/proc/{pid}/fd/0").LinkTarget);
        Assert.Equal(Path.Combine(home.Data, "daemon.log"), new FileInfo($"/proc/{pid}/fd/2").LinkTarget);
        Assert.DoesNotContain("MCPWORKERS_RUN=", File.ReadAllText($"/proc/{pid}/environ"), StringComparison.Ordinal);
    }

    [Fact(Timeout = 90_000)]
    public async Task Killed_daemon_leaves_nothing_that_stands_in_the_way()
    {
        LiveProcesses.NeedsProc();
        using var home = new ProductHome();
        await ProductCommand.RunAsync(home, Limit, "daemon", "start");
        int first = ProductDaemon.Pid(home)!.Value;
        ProductDaemon.Kill(home);

        Assert.Equal(3, (await ProductCommand.RunAsync(home, Limit, "daemon", "status")).ExitCode);
        Assert.Equal(0, (await ProductCommand.RunAsync(home, Limit, "daemon", "start")).ExitCode);

        Assert.NotEqual(first, ProductDaemon.Pid(home));
        Assert.Single(ProductDaemon.All(home));
    }

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
    public async Task Status_has_the_promised_fields()
    {
        using var home = new ProductHome();
        var none = await ProductCommand.RunAsync(home, Limit, "daemon", "status", "--json");
        Assert.Equal(3, none.ExitCode);
        Assert.False((bool)JsonNode.Parse(none.Stdout)!["running"]!);
        await ProductCommand.RunAsync(home, Limit, "daemon", "start");

        var end = await ProductCommand.RunAsync(home, Limit, "daemon", "status", "--json");
        var status = JsonNode.Parse(end.Stdout)!;

        Assert.Equal(0, end.ExitCode);
        Assert.True((bool)status["running"]!);
        Assert.Equal(ProductDaemon.Pid(home), (int?)status["pid"]);
        Assert.Equal(DaemonVersion.Current.Program, (string?)status["version"]);
        Assert.True(File.Exists((string?)status["socket"]));
        Assert.Equal(home.Data, (string?)status["data_dir"]);
        Assert.InRange((double)status["uptime_seconds"]!, 0, 60);
        Assert.Equal((0, 0), ((int)status["workers"]!, (int)status["runs"]!));
        Assert.Null(status["http"]);
        Assert.NotNull(status["store"]!["kind"]);
    }

    [Fact(Timeout = 90_000)]
    public async Task Stop_is_refused_while_a_run_goes_on_and_force_ends_it()
    {
        LiveProcesses.NeedsProc();
        using var home = new ProductHome();
        using var relay = new RelayProcess(home);
        await relay.OpenAsync();
        string worker = await relay.SpawnAsync();
        await relay.BeginCallAsync("worker_execute", new() { ["worker_id"] = worker, ["prompt"] = "[[sleep:120]]" });
        await LiveProcesses.UntilAsync(() => home.RunDirectories().Count == 1, TimeSpan.FromSeconds(20), "the run goes on");

        var refused = await ProductCommand.RunAsync(home, Limit, "daemon", "stop");
        Assert.Equal(2, refused.ExitCode);
        Assert.Contains("--drain", refused.Stderr, StringComparison.Ordinal);
        Assert.Contains("--force", refused.Stderr, StringComparison.Ordinal);

        var forced = await ProductCommand.RunAsync(home, Limit, "daemon", "stop", "--force");
        Assert.True(forced.ExitCode == 0, forced.ToString());
        Assert.Empty(LiveProcesses.OfRun(Path.GetFileName(home.RunDirectories()[0])));
        Assert.Empty(ProductDaemon.All(home));
    }

    [Fact(Timeout = 90_000)]
    public async Task Drain_waits_for_the_run()
    {
        LiveProcesses.NeedsProc();
        using var home = new ProductHome();
        using var relay = new RelayProcess(home);
        await relay.OpenAsync();
        string worker = await relay.SpawnAsync();
        await relay.BeginCallAsync("worker_execute", new() { ["worker_id"] = worker, ["prompt"] = "[[sleep:5]] [[text:to the end]]" });
        await LiveProcesses.UntilAsync(() => home.RunDirectories().Count == 1, TimeSpan.FromSeconds(20), "the run goes on");

        using var draining = ProductCommand.Start(home, "daemon", "stop", "--drain");
        JsonNode? heard = null;
        bool wasRefused = false;
        while (heard is null)
        {
            int id = await relay.BeginCallAsync("worker_spawn", new() { ["worker_type"] = "simulated" });
            var answer = await relay.HearAsync();
            wasRefused |= answer.ToJsonString().Contains("takes no more work", StringComparison.Ordinal);
            heard = (int?)answer["id"] == id ? null : answer;
        }

        Assert.True(wasRefused);
        Assert.Contains("to the end", heard.ToJsonString(), StringComparison.Ordinal);
        var drained = await draining.EndAsync(Limit);
        Assert.True(drained.ExitCode == 0, drained.ToString());
        Assert.Contains("has stopped", drained.Stdout, StringComparison.Ordinal);
    }

    [Fact(Timeout = 90_000)]
    public async Task Terminate_is_an_orderly_leave()
    {
        LiveProcesses.NeedsProc();
        using var home = new ProductHome();
        await ProductCommand.RunAsync(home, Limit, "daemon", "start");
        int pid = ProductDaemon.Pid(home)!.Value;

        Assert.Equal(0, ProductDaemon.Signal(pid, 1));
        Assert.Equal(0, (await ProductCommand.RunAsync(home, Limit, "daemon", "status")).ExitCode);
        Assert.Equal(0, ProductDaemon.Signal(pid, 15));
        await LiveProcesses.UntilAsync(() => ProductDaemon.All(home).Count == 0, TimeSpan.FromSeconds(10), "the daemon is gone");

        Assert.Null(ProductDaemon.Pid(home));
        Assert.False(File.Exists(Path.Combine(home.Data, "daemon.sock")));
        var log = await ProductCommand.RunAsync(home, Limit, "daemon", "logs", "-n", "2");
        Assert.Contains("leaving (stopped)", log.Stdout, StringComparison.Ordinal);
        Assert.EndsWith("ended\n", log.Stdout, StringComparison.Ordinal);
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
    public async Task Client_hears_why_the_daemon_could_not_start()
    {
        using var home = new ProductHome();
        Directory.CreateDirectory(home.Data);
        File.WriteAllText(Path.Combine(home.Data, "runs"), "in the way of a directory");

        var end = await ProductCommand.RunAsync(home, Limit, "daemon", "start");

        Assert.Equal(2, end.ExitCode);
        Assert.Contains("could not start", end.Stderr, StringComparison.Ordinal);
        Assert.Contains(home.Data, end.Stderr, StringComparison.Ordinal);
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

    [Fact(Timeout = 90_000)]
    public async Task Run_goes_on_under_the_daemon_that_was_restarted()
    {
        LiveProcesses.NeedsProc();
        using var home = new ProductHome();
        using var relay = new RelayProcess(home);
        await relay.OpenAsync();
        string worker = await relay.SpawnAsync();
        await relay.BeginCallAsync("worker_execute", new() { ["worker_id"] = worker, ["prompt"] = "[[sleep:5]] [[text:whole]]" });
        await LiveProcesses.UntilAsync(() => home.RunDirectories().Count == 1, TimeSpan.FromSeconds(20), "the run goes on");
        int first = ProductDaemon.Pid(home)!.Value;

        var restarted = await ProductCommand.RunAsync(home, Limit, "daemon", "restart");
        Assert.True(restarted.ExitCode == 0, restarted.ToString());
        Assert.NotEqual(first, ProductDaemon.Pid(home));
        Assert.Contains("The run goes on", (await relay.HearAsync()).ToJsonString(), StringComparison.Ordinal);

        var drained = await ProductCommand.RunAsync(home, Limit, "daemon", "stop", "--drain");
        Assert.True(drained.ExitCode == 0, drained.ToString());
        var collected = await relay.CallAsync("worker_collect_results", new() { ["worker_ids"] = new JsonArray(worker) });
        Assert.Equal("whole", (string?)collected[worker]!["output"]);
    }

    [Fact(Timeout = 90_000)]
    public async Task Tokens_are_told_once_and_kept_as_hashes()
    {
        using var home = new ProductHome();
        var made = await ProductCommand.RunAsync(home, Limit, "token", "create", "laptop", "--scope", "read", "--expires", "3");
        string token = made.Stdout.Trim();
        Assert.Matches("^mcpw_[A-Za-z0-9_-]{43}$", token);

        var again = await ProductCommand.RunAsync(home, Limit, "token", "create", "laptop");
        Assert.Equal(2, again.ExitCode);
        Assert.Contains("mcpworkers token revoke laptop", again.Stderr, StringComparison.Ordinal);
        Assert.Equal(2, (await ProductCommand.RunAsync(home, Limit, "token", "create", "a b")).ExitCode);
        Assert.Equal(2, (await ProductCommand.RunAsync(home, Limit, "token", "create", "x", "--scope", "root")).ExitCode);
        Assert.Equal(2, (await ProductCommand.RunAsync(home, Limit, "token", "create", "x", "--expires", "0")).ExitCode);

        var listed = JsonNode.Parse((await ProductCommand.RunAsync(home, Limit, "token", "list", "--json")).Stdout)!.AsArray();
        var one = Assert.Single(listed)!;
        Assert.Equal(("laptop", "read"), ((string?)one["name"], (string?)one["scope"]));
        Assert.NotNull(one["expires"]);
        foreach (string file in Directory.EnumerateFiles(home.Data, "*", SearchOption.AllDirectories).Where(file => !file.EndsWith("lock", StringComparison.Ordinal) && !file.EndsWith(".sock", StringComparison.Ordinal)))
        {
            Assert.DoesNotContain(token, File.ReadAllText(file, System.Text.Encoding.Latin1), StringComparison.Ordinal);
        }

        Assert.Equal(0, (await ProductCommand.RunAsync(home, Limit, "token", "revoke", "laptop")).ExitCode);
        Assert.Equal(2, (await ProductCommand.RunAsync(home, Limit, "token", "revoke", "laptop")).ExitCode);
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
