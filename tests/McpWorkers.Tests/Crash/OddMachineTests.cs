using System.Text.Json.Nodes;
using McpWorkers.Engine.Execution.Processes;
using McpWorkers.Tests.Execution.Processes;
using McpWorkers.Tests.Product;
using Xunit;

namespace McpWorkers.Tests.Crash;

/// <summary>What happens to a machine while runs go on: its daemon is halted, its disk full, its clock set.</summary>
[Collection(Alone.Name)]
public sealed class OddMachineTests
{
    private const int Limit = 180_000;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private static readonly string[] FakeClocks = ["/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1", "/usr/lib/aarch64-linux-gnu/faketime/libfaketime.so.1", "/usr/lib64/faketime/libfaketime.so.1"];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact(Timeout = Limit)]
    public async Task A_halted_daemon_goes_on_where_it_was()
    {
        LiveProcesses.NeedsProc();
        using var home = new CrashHome(ProductPaths.Executable, 10);
        try
        {
            var workers = await SpawnAsync(home, 3);
            string[] runs = [.. await SubmitAsync(home, workers, "[[pace:fast]] [[sleep:1]] [[grandchild-setsid:600]] [[text:said]]")];
            Assert.True(await Remains.UntilAsync(() => runs.All(run => File.Exists(Path.Combine(home.Data, "runs", run, "pid"))), Patience, Cancellation), "all are launched");
            await SignalAsync(home, "-STOP");
            Assert.True(await Remains.UntilAsync(() => runs.All(run => HasExited(Path.Combine(home.Data, "runs", run))), Patience, Cancellation), "the agents end");
            await SignalAsync(home, "-CONT");
            var results = await CollectAsync(home, workers);
            Assert.All(results, result => AssertGood(result, "said"));
            await AssertSettledOnceAsync(home, runs);
        }
        finally
        {
            await StopAsync(home);
        }
    }

    [Fact(Timeout = Limit)]
    public async Task A_full_disk_loses_nothing_that_was_acknowledged_and_harms_no_agent()
    {
        LiveProcesses.NeedsProc();
        string root = Directory.CreateTempSubdirectory("mcpw-disk-").FullName;
        using var disk = await SmallDisk.MountAsync(root, Cancellation, megabytes: 48);
        using var home = new CrashHome(ProductPaths.Executable, 10, Path.Combine(disk.Path, "data"));
        try
        {
            var workers = await SpawnAsync(home, 4);
            string[] runs = [.. await SubmitAsync(home, workers.Take(2), "[[pace:fast]] [[silence:4]] [[text:said]]")];
            Assert.True(
                await Remains.UntilAsync(() => runs.All(run => new FileInfo(Path.Combine(home.Data, "runs", run, "stdout.ndjson")) is { Exists: true, Length: > 0 }), Patience, Cancellation),
                "both are at work");
            await Fill(Path.Combine(disk.Path, "filler"));

            // Refused with a word on the disk, or accepted and then kept: never neither.
            var (exit, stdout, stderr) = await home.RunAsync(["workers", "execute", workers[2], "-p", "[[pace:fast]] [[text:late]]", "--no-wait", "--json"], Cancellation);
            string? late = exit == 0 ? Find(stdout) : null;
            Assert.True(late is not null || (stderr + stdout).Contains("disk", StringComparison.OrdinalIgnoreCase) || (stderr + stdout).Contains("space", StringComparison.OrdinalIgnoreCase),
                $"Exit code {exit}: {stdout} {stderr}");

            // What is there can still be read, and the daemon lives.
            int? daemon = home.DaemonPid;
            Assert.Equal(0, (await home.RunAsync(["workers", "list", "--json"], Cancellation)).ExitCode);
            Assert.Equal(daemon, home.DaemonPid);

            // A crash meanwhile, too: the next command may say that the disk is full, but nothing is forgotten.
            Assert.True(Remains.Kill(daemon!.Value, home.Data));
            await home.RunAsync(["workers", "list", "--json"], Cancellation);
            Assert.True(await Remains.UntilAsync(() => runs.All(run => HasExited(Path.Combine(home.Data, "runs", run))), Patience, Cancellation), "the agents end by themselves");
            File.Delete(Path.Combine(disk.Path, "filler"));

            var results = await CollectAsync(home, late is null ? workers.Take(2) : workers.Take(3));
            Assert.All(results.Take(2), result => AssertGood(result, "said"));
            Assert.All(results.Skip(2), AssertGoodOrDiskFull);
            AssertGood((await SubmitAndCollectAsync(home, workers[3], "[[pace:fast]] [[text:after]]"))!, "after");
            await AssertSettledOnceAsync(home, late is null ? runs : [.. runs, late]);
        }
        finally
        {
            await StopAsync(home);
        }

        static string? Find(string json) => JsonNode.Parse(json) switch
        {
            JsonObject one => one["metadata"]?["run_id"]?.GetValue<string>() ?? one["run_id"]?.GetValue<string>(),
            JsonArray many => many[0]?["metadata"]?["run_id"]?.GetValue<string>(),
            _ => null,
        };
    }

    [Fact(Timeout = Limit)]
    public async Task A_clock_that_is_set_meanwhile_changes_no_result()
    {
        LiveProcesses.NeedsProc();
        string? library = FakeClocks.FirstOrDefault(File.Exists);
        Assert.SkipWhen(library is null, "There is no libfaketime here (package faketime).");
        using var home = new CrashHome(ProductPaths.Executable, 10);
        string offset = Path.Combine(home.Root, "offset");
        await File.WriteAllTextAsync(offset, "+0\n", Cancellation);
        var clock = new Dictionary<string, string>
        {
            ["LD_PRELOAD"] = library!,
            ["FAKETIME_TIMESTAMP_FILE"] = offset,
            ["FAKETIME_NO_CACHE"] = "1",
            ["FAKETIME_DONT_FAKE_MONOTONIC"] = "1",
        };
        try
        {
            // The daemon alone has such a clock; whoever starts it hands it on.
            foreach (var (name, value) in clock)
            {
                home.Set(name, value);
            }

            var workers = await SpawnAsync(home, 4);
            foreach (string name in clock.Keys)
            {
                home.Unset(name);
            }

            var runs = new List<string>(await SubmitAsync(home, workers.Take(2), "[[pace:fast]] [[sleep:3]] [[text:said]]"));
            await File.WriteAllTextAsync(offset, "+2d\n", Cancellation);
            runs.AddRange(await SubmitAsync(home, [workers[2]], "[[pace:fast]] [[sleep:2]] [[text:said]]"));
            await File.WriteAllTextAsync(offset, "-2d\n", Cancellation);
            runs.AddRange(await SubmitAsync(home, [workers[3]], "[[pace:fast]] [[sleep:1]] [[text:said]]"));
            var results = await CollectAsync(home, workers);
            Assert.All(results, result => AssertGood(result, "said"));
            Assert.All(results, result => Assert.InRange(result["duration_seconds"]!.GetValue<double>(), 0.5, 60));
            await AssertSettledOnceAsync(home, runs);
        }
        finally
        {
            await StopAsync(home);
        }
    }

    private static async Task<List<string>> SpawnAsync(CrashHome home, int count) =>
        [.. (await home.JsonOfAsync(["workers", "spawn", "-t", "simulated", "-n", $"{count}", "--json"], Cancellation)).AsArray().Select(id => id!.GetValue<string>())];

    private static async Task<IReadOnlyList<string>> SubmitAsync(CrashHome home, IEnumerable<string> workers, string prompt)
    {
        await using var client = await McpLines.ToSocketAsync(home, Cancellation);
        var runs = new List<string>();
        foreach (string worker in workers)
        {
            var answer = await client.CallAsync("worker_execute", new() { ["worker_id"] = worker, ["prompt"] = prompt, ["wait"] = false }, Cancellation);
            runs.Add(answer["metadata"]!["run_id"]!.GetValue<string>());
        }

        return runs;
    }

    private static async Task<IReadOnlyList<JsonNode>> CollectAsync(CrashHome home, IEnumerable<string> workers)
    {
        var collected = (await home.JsonOfAsync(["workers", "collect", .. workers, "--wait", "--json"], Cancellation)).AsObject();
        return [.. workers.Select(worker => collected[worker]!)];
    }

    private static async Task<JsonNode?> SubmitAndCollectAsync(CrashHome home, string worker, string prompt)
    {
        await SubmitAsync(home, [worker], prompt);
        return (await CollectAsync(home, [worker]))[0];
    }

    private static void AssertGood(JsonNode result, string output)
    {
        Assert.True(result["status"]!.GetValue<string>() == "completed" && result["output"]!.GetValue<string>() == output, result.ToJsonString());
        Assert.Equal(0, result["exit_code"]!.GetValue<int>());
    }

    /// <summary>Where the store had room for it and the run directory had none, the result says so.</summary>
    private static void AssertGoodOrDiskFull(JsonNode result)
    {
        if (result["metadata"]!["outcome"]!.GetValue<string>() == "launch_failed")
        {
            Assert.Contains("No space left", result["error"]!.GetValue<string>(), StringComparison.Ordinal);
        }
        else
        {
            AssertGood(result, "late");
        }
    }

    private static async Task AssertSettledOnceAsync(CrashHome home, IEnumerable<string> runs)
    {
        await StopAsync(home);
        var settled = await SettledFacts.CountAsync(home.Data, Cancellation);
        Assert.All(runs, run => Assert.Equal(1, settled.GetValueOrDefault(run)));
        Assert.Empty(Remains.Processes(home.Mark!));
    }

    private static bool HasExited(string run) => !File.ReadAllText(Path.Combine(run, "exit")).StartsWith("running", StringComparison.Ordinal);

    private static async Task SignalAsync(CrashHome home, string signal) => Assert.Equal(
        0, (await CommandRunner.RunAsync("/bin/sh", ["-c", $"kill {signal} {home.DaemonPid}"], TimeSpan.FromSeconds(5), Cancellation)).ExitCode);

    private static async Task Fill(string path)
    {
        // In ever smaller pieces, until not a byte more goes in.
        await using var file = new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 0);
        for (int size = 1024 * 1024; size > 0; size /= 4)
        {
            try
            {
                while (true)
                {
                    await file.WriteAsync(new byte[size], Cancellation);
                }
            }
            catch (IOException)
            {
                // Full for pieces of this size.
            }
        }
    }

    private static async Task StopAsync(CrashHome home)
    {
        await home.RunAsync(["daemon", "stop", "--force"], Cancellation);
        if (home.DaemonPid is { } daemon)
        {
            await Remains.UntilAsync(() => !Remains.CommandOf(daemon).Contains(home.Data, StringComparison.Ordinal), TimeSpan.FromSeconds(15), Cancellation);
            Remains.Kill(daemon, home.Data);
        }
    }
}
