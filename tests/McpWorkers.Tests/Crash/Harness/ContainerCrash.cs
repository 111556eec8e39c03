using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using McpWorkers.Engine.Execution.Containers;
using McpWorkers.Engine.Execution.Containers.Api;

namespace McpWorkers.Tests.Crash;

/// <summary>
/// The daemon is killed over runs in containers, in kept ones and in ones of their own: what was acknowledged must come out whole, be settled
/// once, and leave no container.
/// </summary>
/// <param name="engine">Address of the container engine.</param>
/// <param name="image">It needs a shell and the usual small tools.</param>
internal sealed class ContainerCrash(string product, string engine, string image, int seed, Action<string> tell)
{
    private const int WorkersMax = 6;
    private const int WorkersOfKind = 2;
    private const string OwnType = "boxed";

    private readonly ContainerEngine _engine = new(EngineAddress.Parse(engine), TimeProvider.System);
    private readonly List<string> _faults = [];
    private readonly Dictionary<string, int> _acknowledged = [];
    private int _kills;

    /// <summary>What went wrong; empty is good.</summary>
    public async Task<IReadOnlyList<string>> RunAsync(int rounds, CancellationToken cancellationToken)
    {
        using var home = new CrashHome(product, WorkersMax);
        home.Set("DOCKER_HOST", engine);
        home.WriteWorkerTypes(new JsonObject
        {
            ["name"] = OwnType,
            ["agent"] = "command",
            ["command"] = new JsonArray("/bin/sh"),
            ["launcher"] = "container",
            ["container"] = new JsonObject { ["image"] = image, ["network"] = "none" },
        });
        long begun = TimeProvider.System.GetTimestamp();
        for (int number = 0; number < rounds; number++)
        {
            int before = _faults.Count;
            try
            {
                await RoundAsync(home, number, new Random(seed + number), cancellationToken);
            }
            catch (Exception e) when (e is CrashFault or IOException or InvalidOperationException or NullReferenceException or JsonException)
            {
                _faults.Add($"round {number} (seed {seed + number}): {e.GetType().Name}: {e.Message}");
            }

            tell($"round {number + 1}/{rounds} seed {seed + number}: {_acknowledged.Count} acknowledged, {_kills} kills, {TimeProvider.System.GetElapsedTime(begun).TotalSeconds:0} s");
            _faults.Skip(before).ToList().ForEach(tell);
        }

        _faults.AddRange(await CrashRounds.CheckEndAsync(home, _acknowledged, cancellationToken));
        await CheckContainersAsync(home, "at the end", cancellationToken);
        _engine.Dispose();
        return _faults;
    }

    private async Task RoundAsync(CrashHome home, int number, Random random, CancellationToken cancellationToken)
    {
        var kept = await SpawnAsync(home, "container-executor", ["--image", image], cancellationToken);
        var own = await SpawnAsync(home, OwnType, [], cancellationToken);
        var asked = new ConcurrentDictionary<string, Task>();
        string runs = Path.Combine(home.Data, "runs");
        var known = Directory.Exists(runs) ? Directory.EnumerateDirectories(runs).Select(path => Path.GetFileName(path)).ToHashSet() : [];
        string[] workers = [.. kept, .. own];
        var expected = workers.ToDictionary(worker => worker, worker => Prompt.Next(random, $"{number}-{worker}"));
        var acknowledged = new ConcurrentDictionary<string, string>();
        await using (var client = await McpLines.ToSocketAsync(home, cancellationToken))
        {
            var submitting = workers.Select(async worker =>
            {
                try
                {
                    var answer = await client.CallAsync(
                        "worker_execute", new() { ["worker_id"] = worker, ["prompt"] = expected[worker].Text, ["wait"] = false }, cancellationToken);
                    acknowledged[answer["metadata"]!["run_id"]!.GetValue<string>()] = worker;
                }
                catch (IOException)
                {
                    // The connection fell before the answer: nothing was acknowledged.
                }
            }).ToList();
            var after = TimeSpan.FromMilliseconds(random.Next(3) == 0 ? random.Next(1500) : random.Next(150));
            await CrashMoments.UntilAsync((CrashMoment)random.Next(5), random.Next(1, workers.Length + 1), after, runs, known, cancellationToken);
            Kill(home);
            await Task.WhenAll(submitting);
        }

        if (random.Next(3) == 0)
        {
            // In its first walk over the runs.
            var starting = home.RunAsync(["workers", "list", "--json"], cancellationToken);
            await Task.Delay(random.Next(50, 900), cancellationToken);
            Kill(home);
            await starting;
        }

        foreach (string run in acknowledged.Keys)
        {
            _acknowledged[run] = number;
        }

        var collected = (await home.JsonOfAsync(["workers", "collect", .. workers, "--wait", "--json"], cancellationToken)).AsObject();
        foreach (var (run, worker) in acknowledged)
        {
            Compare(number, run, collected[worker], expected[worker]);
        }

        var (exit, _, stderr) = await home.RunAsync(["workers", "close-all"], cancellationToken);
        if (exit != 0)
        {
            _faults.Add($"round {number}: close-all ended with {exit}: {stderr}");
        }

        await CheckContainersAsync(home, $"after round {number} (seed {seed + number})", cancellationToken);
    }

    private static async Task<IReadOnlyList<string>> SpawnAsync(CrashHome home, string type, string[] more, CancellationToken cancellationToken) =>
        [.. (await home.JsonOfAsync(["workers", "spawn", "-t", type, "-n", $"{WorkersOfKind}", .. more, "--json"], cancellationToken)).AsArray().Select(id => id!.GetValue<string>())];

    private void Compare(int number, string run, JsonNode? result, Prompt expected)
    {
        string output = result?["output"]?.GetValue<string>() ?? "";
        bool isWhole = result?["metadata"]?["output_truncated"]?.GetValue<bool>() != true;
        if (result?["status"]?.GetValue<string>() != expected.Status || result["exit_code"]?.GetValue<int>() != expected.ExitCode
            || (isWhole ? output != expected.Output : !expected.Output.StartsWith(output, StringComparison.Ordinal)))
        {
            _faults.Add($"round {number}, {run}: {result?["status"]}, exit {result?["exit_code"]}, {output.Length} characters, error '{result?["error"]}', {result?["metadata"]?["warnings"]}; "
                + $"expected {expected.Status}, exit {expected.ExitCode}, {expected.Output.Length} characters of '{expected.Text}'");
        }
    }

    private async Task CheckContainersAsync(CrashHome home, string when, CancellationToken cancellationToken)
    {
        var left = await _engine.ListAsync(new Dictionary<string, string> { [ContainerNames.OwnerLabel] = home.Mark! }, cancellationToken);
        if (left.Count > 0)
        {
            _faults.Add($"containers are left {when}: {string.Join(", ", left.Select(container => $"{container.Name} ({container.State})"))}");
        }

        if (Remains.Processes(home.Mark!) is { Count: > 0 } processes)
        {
            _faults.Add($"processes are left {when}: {string.Join(" | ", processes)}");
        }
    }

    private void Kill(CrashHome home)
    {
        // By the data directory in its command line: an id alone may be another's by now.
        if (home.DaemonPid is { } pid && Remains.Kill(pid, home.Data))
        {
            _kills++;
        }
    }

    private sealed record Prompt(string Text, string Status, string Output, int ExitCode)
    {
        public static Prompt Next(Random random, string name) => random.Next(5) switch
        {
            0 => new($"echo {name}", "completed", name, 0),
            1 => new($"sleep {Seconds(random)}; echo {name}", "completed", name, 0),
            2 => new($"echo {name}; sleep {Seconds(random)}; exit 3", "failed", name, 3),
            3 => new($"setsid sleep 600 & (sleep 601 &); sleep {Seconds(random)}; echo {name}", "completed", name, 0),
            _ => Long(random.Next(100, 4000), name),
        };

        private static Prompt Long(int lines, string name) => new(
            $"i=0; while [ $i -lt {lines} ]; do echo {name} $i; i=$((i+1)); done",
            "completed",
            string.Join('\n', Enumerable.Range(0, lines).Select(i => $"{name} {i}")),
            0);

        private static string Seconds(Random random) => (0.1 + random.NextDouble()).ToString("0.00", CultureInfo.InvariantCulture);
    }
}
