using System.Text.Json.Nodes;
using McpWorkers.Daemon;
using McpWorkers.Engine.Model;
using McpWorkers.Tests.Product;
using Xunit;

namespace McpWorkers.Tests.Daemon;

/// <summary>The daemon as a process of the built product, started by its clients.</summary>
public sealed class DaemonStartTests
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
        string environment = File.ReadAllText($"/proc/{pid}/environ");
        Assert.DoesNotContain("MCPWORKERS_RUN=", environment, StringComparison.Ordinal);
        Assert.Contains("DOTNET_GCgen0size=0x800000\0", environment, StringComparison.Ordinal);
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

    [Theory(Timeout = 90_000)]
    [InlineData(2, true)]
    [InlineData(3, false)]
    public async Task Daemon_that_is_killed_while_it_starts_is_started_again_and_not_for_ever(int deaths, bool comes)
    {
        LiveProcesses.NeedsProc();
        using var place = new DaemonPlace();
        string starts = Path.Combine(place.Root, "starts"), program = Path.Combine(place.Root, "mortal");
        Directory.CreateDirectory(place.Data);
        File.WriteAllText(program, $"echo x >>'{starts}'\n[ $(wc -l <'{starts}') -gt {deaths} ] || kill -9 $$\nexec '{ProductPaths.Executable}' \"$@\"\n");
        var request = place.Request with { Program = ["/bin/sh", program], MayStart = true };

        if (comes)
        {
            using var door = await place.OpenAsync(request);
            Assert.Equal(0, ProductDaemon.Signal(door.Daemon.Pid, 9));
        }
        else
        {
            var refused = await Assert.ThrowsAsync<RefusedException>(() => place.OpenAsync(request));
            Assert.Contains("without a word, 3 times", refused.Message, StringComparison.Ordinal);
        }

        Assert.Equal(3, File.ReadAllLines(starts).Length);
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
}
