using System.Globalization;
using System.Text.Json.Nodes;
using Xunit;

namespace McpWorkers.Tests.Product;

/// <summary>Budgets on the command line, with a real daemon: what was spent, and what is said of them before anything is.</summary>
public sealed class BudgetVerbTests : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    private readonly ProductHome _home = new();

    [Fact(Timeout = 120_000)]
    public async Task What_was_spent_today_is_shown_with_its_bounds()
    {
        _home.WriteWorkerTypes(
            new JsonObject { ["name"] = "simulated", ["agent"] = "simulated", ["pool_budget"] = new JsonObject { ["tokens"] = 1_000_000 } },
            new JsonObject { ["name"] = "idle", ["agent"] = "simulated", ["pool_budget"] = new JsonObject { ["turns"] = 5 } });
        _home.WriteHostSettings(new() { ["budgets"] = new JsonObject { ["day"] = new JsonObject { ["usd"] = 50, ["minutes"] = 600 } } });
        var run = JsonNode.Parse(await DoneAsync("workers", "execute", "-t", "simulated", "-p", "[[pace:fast]] [[text:fine]]", "--json"))!;
        var spent = (run is JsonArray runs ? runs[0]! : run)["metadata"]!["spent"]!;

        var today = JsonNode.Parse(await DoneAsync("budgets", "--json"))!;
        string table = await DoneAsync("budgets");

        Assert.Equal(spent["tokens"]!.ToJsonString(), today["spent"]!["tokens"]!.ToJsonString());
        Assert.Equal((50m, 600m), ((decimal)today["bound"]!["usd"]!, (decimal)today["bound"]!["minutes"]!));
        Assert.Equal(["idle", "simulated"], today["pools"]!.AsArray().Select(pool => (string?)pool!["pool"]));
        Assert.Equal(0, (int)today["pools"]![0]!["spent"]!["turns"]!);
        Assert.Equal(1_000_000, (int)today["pools"]![1]!["budget"]!["tokens"]!);
        Assert.True(DateTimeOffset.Parse((string)today["since"]!, CultureInfo.InvariantCulture) <= DateTimeOffset.UtcNow);
        Assert.Matches("(?m)^all +.* of \\$50.00 ", table);
        Assert.Matches("(?m)^pool idle +.* 0 of 5 ", table);
        Assert.Matches("(?m)^pool simulated .* of 1,000,000 ", table);
    }

    [Fact(Timeout = 120_000)]
    public async Task Whoever_gives_work_to_an_agent_that_tells_its_use_at_the_end_is_warned_at_once()
    {
        _home.WriteEcosystem(
            [
                new() { ["name"] = "simulated", ["agent"] = "simulated" },
                new() { ["name"] = "shell", ["agent"] = "command", ["command_template"] = new JsonArray("/bin/sh") },
            ],
            [new() { ["name"] = "mute", ["worker_types"] = new JsonArray("shell"), ["budget"] = new JsonObject { ["tokens"] = 5000 } }]);
        string worker = (await DoneAsync("workers", "spawn", "-t", "simulated", "--budget-tokens", "1000000")).Trim();

        var accepted = await ProductInside.RunAsync(_home, Limit, "workers", "execute", worker, "-p", "[[pace:fast]] [[text:fine]]", "--no-wait");
        var asJson = JsonNode.Parse(await DoneAsync("workers", "execute", worker, "-p", "[[pace:fast]] [[text:fine]]", "--no-wait", "--json"))!;
        var task = await ProductInside.RunAsync(_home, Limit, "tasks", "add", "-t", "simulated", "-p", "[[pace:fast]] [[text:fine]]", "--budget-usd", "5");
        var free = await ProductInside.RunAsync(_home, Limit, "tasks", "add", "-t", "simulated", "-p", "[[pace:fast]] [[text:fine]]");
        var impossible = JsonNode.Parse(await DoneAsync("tasks", "add", "--role", "mute", "-p", "true", "--json"))!;

        const string Warning = "warning: The agent 'simulated' says what it used only at its end: the budget of ";
        Assert.Contains($"{Warning}the run is checked between runs, and one run may overshoot it.", accepted.Stderr, StringComparison.Ordinal);
        Assert.Contains("one run may overshoot it", Assert.Single(asJson["metadata"]!["warnings"]!.AsArray())!.GetValue<string>(), StringComparison.Ordinal);
        Assert.Contains($"{Warning}the task is checked between runs, and one run may overshoot it.", task.Stderr, StringComparison.Ordinal);
        Assert.DoesNotContain("warning", free.Stderr, StringComparison.Ordinal);
        Assert.Contains("never says", Assert.Single(impossible["warnings"]!.AsArray())!.GetValue<string>(), StringComparison.Ordinal);
    }

    public void Dispose() => _home.Dispose();

    private async Task<string> DoneAsync(params string[] words)
    {
        var end = await ProductInside.RunAsync(_home, Limit, words);
        Assert.True(end.ExitCode == 0, end.ToString());
        return end.Stdout;
    }
}
