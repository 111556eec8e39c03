using System.Text.Json.Nodes;
using Xunit;

namespace McpWorkers.Tests.Product;

/// <summary>The queue's commands with a real daemon, which dies on the way.</summary>
public sealed class QueueVerbTests : IAsyncDisposable
{
    private const int TestLimit = 120_000;

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    private readonly ProductHome _home = new();

    [Fact(Timeout = TestLimit)]
    public async Task Commands_that_wait_for_tasks_outlive_a_daemon_that_was_killed()
    {
        _home.WriteEcosystem([], [new() { ["name"] = "load", ["permission"] = "full", ["concurrency"] = 2, ["worker_types"] = new JsonArray("simulated"), ["retry"] = new JsonObject { ["max_attempts"] = 1 } }]);
        await DoneAsync("add", "-r", "load", "--key", "good", "-p", "[[sleep:0.2]] [[shell:until [ -e go ]; do sleep 0.1; done]] [[text:survived]]");
        await DoneAsync("add", "-r", "load", "--key", "bad", "-p", "[[sleep:1]] [[error:broken]]");
        using var one = ProductCommand.Start(_home, "tasks", "wait", "good");
        using var both = ProductCommand.Start(_home, "tasks", "wait", "bad", "good", "--json");
        using var logs = ProductCommand.Start(_home, "tasks", "logs", "-f", "good");
        await LiveProcesses.UntilAsync(() => _home.RunDirectories().Count(run => File.Exists(Path.Combine(run, "pid"))) == 2, Limit, "both run");
        await UntilClientsAsync(3);
        await logs.UntilSaidAsync("at work", Limit);

        ProductDaemon.Kill(_home);
        await File.WriteAllTextAsync(Path.Combine(_home.Work, "go"), "", TestContext.Current.CancellationToken);

        var (waited, result, logged) = (await one.EndAsync(Limit), await both.EndAsync(Limit), await logs.EndAsync(Limit));
        Assert.True(waited.ExitCode == 0, waited.ToString());
        Assert.True(result.ExitCode == 1, result.ToString());
        Assert.Equal([("failed", 1), ("completed", 1)], JsonNode.Parse(result.Stdout)!.AsArray().Select(task => ((string)task!["status"]!, task["attempts"]!.AsArray().Count)));
        Assert.True(logged.ExitCode == 0, logged.ToString());
        Assert.Contains("Connected again.", logged.Stderr, StringComparison.Ordinal);
        Assert.Equal(1, logged.Stdout.Split('\n').Count(line => line.Contains("at work", StringComparison.Ordinal)));
        Assert.Equal(1, logged.Stdout.Split('\n').Count(line => line == "survived"));
    }

    [Fact(Timeout = TestLimit)]
    public async Task A_task_that_kills_who_watches_it_is_put_away_and_told_of_once()
    {
        string told = Path.Combine(_home.Root, "told");
        _home.WriteHostSettings(new()
        {
            ["tasks"] = new JsonObject { ["retry_first_seconds"] = 1 },
            ["notify"] = new JsonObject { ["command"] = new JsonArray("sh", "-c", "cat >> \"$1\"; echo >> \"$1\"", "sh", told) },
        });
        _home.WriteEcosystem([], [new() { ["name"] = "load", ["permission"] = "full", ["concurrency"] = 2, ["worker_types"] = new JsonArray("simulated"), ["retry"] = new JsonObject { ["max_attempts"] = 9 } }]);
        await DoneAsync("add", "-r", "load", "--key", "poison", "-p", "[[shell:kill -9 $(ps -o ppid= -p $PPID)]] [[sleep:60]]");
        await DoneAsync("add", "-r", "load", "--key", "good", "-p", "[[text:well]]");

        var good = await ProductCommand.RunAsync(_home, Limit, "tasks", "wait", "good");
        var poison = await ProductCommand.RunAsync(_home, Limit, "tasks", "wait", "poison", "--json");
        await LiveProcesses.UntilAsync(() => File.Exists(told) && File.ReadAllText(told).EndsWith("}\n", StringComparison.Ordinal), Limit, "somebody is told");
        await ProductCommand.RunAsync(_home, Limit, "daemon", "stop", "--force");

        Assert.Equal(0, good.ExitCode);
        Assert.True(poison.ExitCode == 1, poison.ToString());
        var task = JsonNode.Parse(poison.Stdout)!;
        Assert.Equal(("dead", 3), ((string)task["status"]!, task["attempts"]!.AsArray().Count));
        Assert.Equal("task_dead", (string)JsonNode.Parse(Assert.Single(await File.ReadAllLinesAsync(told, TestContext.Current.CancellationToken)))!["kind"]!);
        Assert.Empty(LiveProcesses.Under(_home.Root));
    }

    public async ValueTask DisposeAsync()
    {
        await ProductCommand.RunAsync(_home, Limit, "daemon", "stop", "--force");
        _home.Dispose();
    }

    private async Task UntilClientsAsync(int count)
    {
        using var limit = new CancellationTokenSource(Limit);
        while ((int)JsonNode.Parse((await ProductCommand.RunAsync(_home, Limit, "daemon", "status", "--json")).Stdout)!["clients"]! < count)
        {
            limit.Token.ThrowIfCancellationRequested();
        }
    }

    private async Task DoneAsync(params IEnumerable<string> arguments)
    {
        var end = await ProductCommand.RunAsync(_home, Limit, ["tasks", .. arguments]);
        Assert.True(end.ExitCode == 0, end.ToString());
    }
}
