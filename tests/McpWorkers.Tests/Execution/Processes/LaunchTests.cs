using System.Text.Json.Nodes;
using McpWorkers.Engine.Execution;
using McpWorkers.Engine.Execution.Processes;
using McpWorkers.Engine.Model;
using McpWorkers.Tests.Product;
using Microsoft.Win32.SafeHandles;
using Xunit;

namespace McpWorkers.Tests.Execution.Processes;

public sealed class LaunchTests : RunScene
{
    private const int Limit = 20_000;

    [Fact(Timeout = Limit)]
    public async Task Missing_executable_is_named_and_nothing_is_made()
    {
        var launch = Script("true") with { Executable = "/nowhere/agent" };
        var e = await Assert.ThrowsAsync<LaunchException>(() => StartAsync(launch));
        Assert.Contains("'/nowhere/agent'", e.Message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(launch.RunDirectory));
    }

    [Fact(Timeout = Limit)]
    public async Task File_that_is_not_executable_is_named()
    {
        string path = Path.Combine(Root, "agent");
        await File.WriteAllTextAsync(path, "#!/bin/sh\n", Cancellation);
        var e = await Assert.ThrowsAsync<LaunchException>(() => StartAsync(Script("true") with { Executable = path }));
        Assert.Contains($"'{path}' is not executable", e.Message, StringComparison.Ordinal);
    }

    [Fact(Timeout = Limit)]
    public async Task Missing_working_directory_is_named()
    {
        var e = await Assert.ThrowsAsync<LaunchException>(() => StartAsync(Script("true") with { WorkingDirectory = "/nowhere/work" }));
        Assert.Contains("'/nowhere/work'", e.Message, StringComparison.Ordinal);
    }

    [Fact(Timeout = Limit)]
    public async Task Argument_that_is_too_long_is_a_launch_failure_with_the_error_of_the_system()
    {
        var e = await Assert.ThrowsAsync<LaunchException>(() => StartAsync(Script("true", arguments: new string('x', 3 * 1024 * 1024))));
        Assert.Contains("/bin/sh", e.Message, StringComparison.Ordinal);
        Assert.Contains("error 7", e.Message, StringComparison.Ordinal);
    }

    [Fact(Timeout = Limit)]
    public async Task Argument_with_a_nul_is_refused_and_not_cut_short() =>
        await Assert.ThrowsAsync<LaunchException>(() => StartAsync(Script("true", arguments: "a\0b")));

    [Fact(Timeout = Limit)]
    public async Task Directory_of_another_run_is_refused_and_left_as_it_is()
    {
        var launch = Script("echo first");
        await RunAsync(launch);
        await Assert.ThrowsAsync<LaunchException>(() => StartAsync(launch with { Arguments = ["-c", "echo second"] }));
        Assert.Equal("first\n", await File.ReadAllTextAsync(Path.Combine(launch.RunDirectory, "stdout.ndjson"), Cancellation));
    }

    [Fact(Timeout = Limit)]
    public async Task Launch_that_is_given_up_leaves_nothing_running()
    {
        using var given = new CancellationTokenSource();
        await given.CancelAsync();
        var launch = Script(LongSleep());
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Launcher.LaunchAsync(launch, given.Token));
        Assert.Empty(Left());
    }

    [Fact(Timeout = Limit)]
    public async Task Run_directory_is_for_its_owner_alone()
    {
        var handle = await StartAsync("umask; " + LongSleep());
        await UntilOutputAsync(handle, "\n");
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, Mode(handle.RunDirectory));
        string[] files = Directory.GetFiles(handle.RunDirectory);
        Assert.Equal(["exit", "launch.json", "pid", "stderr.log", "stdin", "stdout.ndjson", "ticket"], files.Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Assert.All(files, file => Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, Mode(file)));

        // The agent's own files have the modes that the user's umask gives.
        var umask = await CommandRunner.RunAsync("/bin/sh", ["-c", "umask"], TimeSpan.FromSeconds(5), Cancellation);
        Assert.Equal(umask.Stdout, Output(handle));
        await handle.StopAsync(new(StopKind.Cancelled, ""), StopPlan.KillNow, Cancellation);

        static UnixFileMode Mode(string path) => OperatingSystem.IsWindows() ? default : File.GetUnixFileMode(path);
    }

    [Fact(Timeout = Limit)]
    public async Task Launch_record_holds_names_of_variables_and_no_values()
    {
        var launch = Script("true");
        launch = launch with { Environment = new Dictionary<string, string>(launch.Environment) { ["API_KEY"] = "canary-4711" } };
        await RunAsync(launch);
        string text = await File.ReadAllTextAsync(Path.Combine(launch.RunDirectory, "launch.json"), Cancellation);
        Assert.DoesNotContain("canary-4711", text, StringComparison.Ordinal);
        var json = JsonNode.Parse(text)!;
        Assert.Equal(["API_KEY", "PATH"], json["variables"]!.AsArray().Select(name => name!.GetValue<string>()));
        Assert.Equal($"{Mark}/{launch.RunId}", json["marker"]!.GetValue<string>());
        Assert.Equal("/bin/sh", json["argv"]![0]!.GetValue<string>());
    }

    [Fact(Timeout = Limit)]
    public async Task Command_sees_its_environment_its_own_marker_and_nothing_else()
    {
        var lines = new LineCollector();
        var launch = Script("env") with { Executable = "/usr/bin/env", Arguments = [] };
        launch = launch with { Environment = new Dictionary<string, string> { ["A"] = "1\n2", ["MCPWORKERS_RUN"] = "somebody/else" } };
        ExitedWith(0, await RunAsync(launch, lines));

        // The shell that wraps the command adds what every shell adds.
        string[] shells = ["PWD=", "OLDPWD=", "SHLVL=", "_="];
        Assert.Equal(
            ["2", "A=1", $"MCPWORKERS_RUN={Mark}/{launch.RunId}"],
            lines.Lines.Where(line => !shells.Any(line.StartsWith)).Order(StringComparer.Ordinal));
    }

    [Fact(Timeout = Limit)]
    public async Task Command_has_the_three_standard_descriptors_and_no_other()
    {
        LiveProcesses.NeedsProc();
        using var leak = Leak();
        Assert.False(leak.IsInvalid);
        HostProcess.Prepare();
        var lines = new LineCollector();
        ExitedWith(0, await RunAsync(Script("") with { Executable = "/bin/ls", Arguments = ["-l", "/proc/self/fd"] }, lines));
        var links = lines.Lines.Where(line => line.Contains("->", StringComparison.Ordinal)).Select(line => line.Split(" -> ")[1]).ToList();
        Assert.Equal(4, links.Count);
        Assert.EndsWith("/stdin", links[0], StringComparison.Ordinal);
        Assert.EndsWith("/stdout.ndjson", links[1], StringComparison.Ordinal);
        Assert.EndsWith("/stderr.log", links[2], StringComparison.Ordinal);
        Assert.Contains("/proc/", links[3], StringComparison.Ordinal); // its own, of the folder that it lists
    }

    [Fact(Timeout = Limit)]
    public async Task Command_ignores_no_signal_though_its_host_does()
    {
        LiveProcesses.NeedsProc();
        using var ignored = IgnoredSignals.Begin();
        var lines = new LineCollector();
        await RunAsync("grep -E 'Sig(Ign|Blk)' /proc/self/status", lines);
        Assert.Equal(2, lines.Count);
        Assert.All(lines.Lines, line => Assert.Equal(0UL, Convert.ToUInt64(line.Split('\t')[1], 16) & 0x7FFFFFFF));
    }

    [Fact(Timeout = Limit)]
    public async Task Input_is_what_was_given_and_then_its_end()
    {
        byte[] prompt = [.. Enumerable.Range(0, 300_000).Select(i => (byte)i)];
        ExitedWith(0, await RunAsync(Script("cat", input: new LaunchInput.Whole(prompt))));
        Assert.Equal(prompt, await File.ReadAllBytesAsync(Path.Combine(Root, "run_1", "stdout.ndjson"), Cancellation));
        ExitedWith(0, await RunAsync("cat"));
        Assert.Empty(await File.ReadAllBytesAsync(Path.Combine(Root, "run_2", "stdout.ndjson"), Cancellation));
    }

    [Fact(Timeout = Limit)]
    public async Task Command_leads_its_own_session_without_a_terminal()
    {
        var lines = new LineCollector();
        await RunAsync("ps -o sid= -p $$; ps -o tty= -p $$", lines);
        Assert.Equal(WrapperOf(await Launcher.AdoptAsync(Path.Combine(Root, "run_1"), Cancellation)).ToString(), lines.Lines[0].Trim());
        Assert.Equal("?", lines.Lines[1].Trim());
    }

    /// <summary>A descriptor as a careless launcher leaves one behind: not closed at exec.</summary>
    private static SafeFileHandle Leak() => IgnoredSignals.Duplicate(2);
}
