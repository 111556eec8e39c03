using System.Runtime.Versioning;
using System.Text.Json.Nodes;
using McpWorkers.Daemon;
using McpWorkers.Daemon.Client;
using McpWorkers.Engine.Model;
using McpWorkers.Engine.Workers;
using McpWorkers.Tests.Cli;
using McpWorkers.Tests.Mcp;
using Xunit;

namespace McpWorkers.Tests.Daemon;

/// <summary>A daemon inside the test process, at a real socket.</summary>
[UnsupportedOSPlatform("windows")]
public sealed class DaemonHostTests : IDisposable
{
    private readonly DaemonPlace _place = new();

    [Fact(Timeout = 30_000)]
    public async Task Client_comes_in_and_speaks_MCP()
    {
        await using var host = await _place.StartAsync();
        using var door = await _place.OpenAsync();

        await door.Stream.SayAsync(WireClient.Initialize);
        var opened = JsonNode.Parse((await door.Stream.ReadAsync())!)!;
        await door.Stream.SayAsync(WireClient.Initialized);
        await door.Stream.SayAsync("""{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"worker_list","arguments":{}}}""");
        var listed = JsonNode.Parse((await door.Stream.ReadAsync())!)!;

        Assert.Equal("mcpworkers", (string?)opened["result"]!["serverInfo"]!["name"]);
        Assert.Equal(2, (int?)listed["id"]);
        Assert.False((bool?)listed["result"]!["isError"] ?? false);
        Assert.Equal(_place.Data, door.Daemon.DataDirectory);
        Assert.False(door.Started);
    }

    [Fact(Timeout = 30_000)]
    public async Task Everything_is_the_users_alone()
    {
        await using var host = await _place.StartAsync();
        using var door = await _place.OpenAsync();

        foreach (string path in Directory.EnumerateFileSystemEntries(_place.Data, "*", SearchOption.AllDirectories).Append(_place.Data))
        {
            Assert.True((File.GetUnixFileMode(path) & (UnixFileMode)63) == 0, $"{path}: {File.GetUnixFileMode(path)}");
        }

        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(host.Info.Socket));
    }

    [Fact(Timeout = 30_000)]
    public async Task Second_daemon_is_refused_while_the_first_one_holds_the_directory()
    {
        await using var host = await _place.StartAsync();

        var options = _place.Options() with { Limits = new() { Lock = TimeSpan.FromMilliseconds(100) } };
        var refused = await Assert.ThrowsAsync<RefusedException>(() => _place.StartAsync(options));

        Assert.Equal(RefusalCode.AlreadyOwned, refused.Code);
        using var door = await _place.OpenAsync();
        Assert.Equal(Environment.ProcessId, door.Daemon.Pid);
    }

    [Fact(Timeout = 30_000)]
    public async Task What_a_killed_daemon_left_is_no_obstacle()
    {
        Directory.CreateDirectory(_place.Data);
        File.WriteAllText(_place.Paths.DaemonInfoPath, "{\"pid\": 4, \"sock");
        File.WriteAllText(Path.Combine(_place.Data, "lock"), "");
        File.WriteAllText(Path.Combine(_place.Data, "daemon.sock"), "no socket at all");

        await using var host = await _place.StartAsync();
        using var door = await _place.OpenAsync();

        Assert.Equal(Environment.ProcessId, DaemonInfo.Read(_place.Paths)!.Pid);
    }

    [Fact(Timeout = 30_000)]
    public async Task Folder_of_a_killed_daemons_socket_is_removed()
    {
        string folder = Directory.CreateDirectory(Path.Combine(_place.Root, "mcpworkers-old")).FullName;
        string socket = Path.Combine(folder, "d.sock");
        File.WriteAllText(socket, "");
        Directory.CreateDirectory(_place.Data);
        new DaemonInfo(1, DaemonVersion.Current, socket, folder, null, default, "boot", DaemonArguments.None).Write(_place.Paths);

        await using var host = await _place.StartAsync();

        Assert.False(Directory.Exists(folder));
    }

    [Fact(Timeout = 30_000)]
    public async Task Leaving_says_goodbye_and_removes_every_trace_of_the_door()
    {
        var host = await _place.StartAsync();
        using var door = await _place.OpenAsync();
        string socket = host.Info.Socket;

        host.AskToLeave(LeaveReason.Restarting);
        await host.DisposeAsync();

        Assert.Equal("""{"mcpworkers":"goodbye","reason":"restarting"}""", await door.Stream.ReadAsync());
        Assert.Null(await door.Stream.ReadAsync());
        Assert.False(File.Exists(socket));
        Assert.Null(DaemonInfo.Read(_place.Paths));
        Assert.False(DaemonLock.IsHeld(_place.Data));
        await Assert.ThrowsAsync<NoDaemonException>(() => _place.OpenAsync());
    }

    [Fact(Timeout = 30_000)]
    public async Task Call_that_goes_on_does_not_hold_up_the_leaving()
    {
        var host = await _place.StartAsync();
        using var door = await _place.OpenAsync();
        await door.Stream.SayAsync(WireClient.Initialize);
        await door.Stream.ReadAsync();
        await door.Stream.SayAsync(WireClient.Initialized);
        await door.Stream.SayAsync("""{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"worker_spawn","arguments":{}}}""");
        JsonNode spawned;
        do
        {
            // News of the workers may come before the answer.
            spawned = JsonNode.Parse((await door.Stream.ReadAsync())!)!;
        }
        while ((int?)spawned["id"] != 2);

        string worker = (string)JsonNode.Parse((string)spawned["result"]!["content"]![0]!["text"]!)![0]!;
        await door.Stream.SayAsync(
            """{"jsonrpc":"2.0","id":3,"method":"tools/call","params":{"name":"worker_execute","arguments":{"worker_id":"ID","prompt":"[[sleep:60]]"}}}""".Replace("ID", worker, StringComparison.Ordinal));

        long begun = TimeProvider.System.GetTimestamp();
        await host.DisposeAsync();

        Assert.InRange(TimeProvider.System.GetElapsedTime(begun), TimeSpan.Zero, TimeSpan.FromSeconds(15));
        string? last = null;
        while (await door.Stream.ReadAsync() is { } line)
        {
            last = line;
        }

        Assert.Equal("""{"mcpworkers":"goodbye","reason":"stopped"}""", last);

        // The run goes on by itself; the next daemon has it, and ends it for this test.
        await using var next = await _place.StartAsync();
        using var again = await _place.OpenAsync();
        var stopped = await new DaemonControl(again, TimeProvider.System).StopAsync("force", TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken);
        Assert.Equal(1, (int?)stopped["runs_stopped"]);
    }

    [Theory(Timeout = 30_000)]
    [InlineData("GET / HTTP/1.1")]
    [InlineData("""{"jsonrpc":"2.0","id":1,"method":"initialize","params":{}}""")]
    [InlineData("{\"mcpworkers\":\"hello\",\"protocol\":1}")]
    public async Task Who_says_no_hello_is_told_so_and_shown_the_door(string line)
    {
        await using var host = await _place.StartAsync();
        using var stream = await _place.ConnectAsync();

        await stream.SayAsync(line);

        Assert.IsType<DaemonAnswer.Refused>(DaemonAnswer.Parse((await stream.ReadAsync())!));
        Assert.Null(await stream.ReadAsync());
    }

    [Fact(Timeout = 60_000)]
    public async Task Endless_first_line_is_cut_off()
    {
        await using var host = await _place.StartAsync();
        using var stream = await _place.ConnectAsync();
        var writing = stream.WriteAsync(new byte[3 * ClientHello.BytesMax]).AsTask();

        var refused = Assert.IsType<DaemonAnswer.Refused>(DaemonAnswer.Parse((await stream.ReadAsync())!));

        Assert.Contains("longer", refused.Message, StringComparison.Ordinal);
        await writing.WaitAsync(TimeSpan.FromSeconds(10)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
        using var door = await _place.OpenAsync();
    }

    [Fact(Timeout = 30_000)]
    public async Task Silent_client_is_shown_the_door()
    {
        await using var host = await _place.StartAsync(_place.Options() with { Limits = new() { Hello = TimeSpan.FromMilliseconds(100) } });
        using var stream = await _place.ConnectAsync();

        Assert.Contains("No hello", (await stream.ReadAsync())!, StringComparison.Ordinal);
        Assert.Null(await stream.ReadAsync());
    }

    [Fact(Timeout = 30_000)]
    public async Task Other_user_is_refused()
    {
        await using var host = await _place.StartAsync(_place.Options() with { Peer = (_, _) => new(1, IsOurUser: false, null) });

        var refused = await Assert.ThrowsAsync<RefusedException>(() => _place.OpenAsync());

        Assert.Contains("another user", refused.Message, StringComparison.Ordinal);
    }

    [Fact(Timeout = 30_000)]
    public async Task Daemon_without_work_or_clients_ends_by_itself()
    {
        var options = _place.Options(settings => settings with { DaemonIdle = TimeSpan.FromMilliseconds(200) });
        await using var host = await _place.StartAsync(options);
        using (var door = await _place.OpenAsync())
        {
            await Task.Delay(500, TestContext.Current.CancellationToken);
            Assert.False(host.Asked.IsCompleted);
        }

        Assert.Equal(LeaveReason.Stopped, await host.Asked.WaitAsync(TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken));
    }

    [Fact(Timeout = 60_000)]
    public async Task A_prompt_that_waits_for_the_end_of_a_limit_keeps_the_daemon()
    {
        WorkerManager? manager = null;
        var options = _place.Options(settings => settings with { DaemonIdle = TimeSpan.FromMilliseconds(200) });
        await using var host = await _place.StartAsync(options with { Engine = async (directory, stop) => manager = await options.Engine(directory, stop) });
        string worker = (await manager!.SpawnAsync(new(), TestContext.Current.CancellationToken))[0];
        manager.Planned.Gate.Limited(manager.Planned.PoolOf("simulated", manager.Planned.Environment), ("run_0", null), new("s", "m"), TimeProvider.System.GetUtcNow());
        await manager.SubmitAsync(worker, "[[pace:fast]] go");
        await Until.TrueAsync(() => manager.Health() is { RunsParked: 1, RunsActive: 0, RunsWaiting: 0 });
        await Task.Delay(1000, TestContext.Current.CancellationToken);
        Assert.False(host.Asked.IsCompleted);

        await manager.CancelAsync(worker, "enough", null, TestContext.Current.CancellationToken);
        Assert.Equal(LeaveReason.Stopped, await host.Asked.WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken));
    }

    [Fact(Timeout = 60_000)]
    public async Task Client_that_asks_and_never_listens_is_held_up_and_hurts_nobody()
    {
        await using var host = await _place.StartAsync();
        using var deaf = await _place.OpenAsync();
        await deaf.Stream.SayAsync(WireClient.Initialize);
        await deaf.Stream.ReadAsync();
        await deaf.Stream.SayAsync(WireClient.Initialized);
        int asked = 0;
        using var enough = new CancellationTokenSource();
        var asking = Task.Run(async () =>
        {
            for (; asked < 100_000; asked++)
            {
                await deaf.Stream.WriteLineAsync($$$"""{"jsonrpc":"2.0","id":{{{asked + 2}}},"method":"tools/list"}""", enough.Token);
            }
        });
        int before;
        do
        {
            before = asked;
            await Task.Delay(500, TestContext.Current.CancellationToken);
        }
        while (before != asked);

        Assert.InRange(asked, 1, 20_000);
        using var other = await _place.OpenAsync();
        Assert.Equal(1, (int?)(await new DaemonControl(other, TimeProvider.System).StatusAsync(TestContext.Current.CancellationToken))["clients"]);
        await enough.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => asking);
    }

    [Fact(Timeout = 30_000)]
    public async Task Half_closed_client_gets_its_answers_and_then_the_end()
    {
        await using var host = await _place.StartAsync();
        using var door = await _place.OpenAsync();
        await door.Stream.SayAsync(WireClient.Initialize);
        Assert.Contains("\"id\":1", (await door.Stream.ReadAsync())!, StringComparison.Ordinal);
        await door.Stream.SayAsync(WireClient.Initialized);
        await door.Stream.SayAsync("""{"jsonrpc":"2.0","id":2,"method":"tools/list"}""");
        door.Stream.EndWriting();

        Assert.Contains("\"id\":2", (await door.Stream.ReadAsync())!, StringComparison.Ordinal);
        Assert.Null(await door.Stream.ReadAsync());
    }

    public void Dispose() => _place.Dispose();
}
