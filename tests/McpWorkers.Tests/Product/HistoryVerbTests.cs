using System.Text.Json.Nodes;
using Xunit;

namespace McpWorkers.Tests.Product;

/// <summary>What was, on the command line, with a real daemon and workers of two types.</summary>
public sealed class HistoryVerbTests : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    private readonly ProductHome _home = new();

    [Fact(Timeout = 120_000)]
    public async Task What_was_is_asked_for_by_status_type_time_and_run()
    {
        _home.WriteWorkerTypes(new JsonObject { ["name"] = "second", ["agent"] = "simulated" });
        await DoneAsync("workers", "execute", "-t", "simulated", "-p", "[[pace:fast]] [[text:fine]]");
        var failed = await ProductInside.RunAsync(_home, Limit, "workers", "execute", "-t", "second", "-p", "[[pace:fast]] [[error:broken]]");
        Assert.NotEqual(0, failed.ExitCode);

        var happened = Lines(await DoneAsync("events", "--status", "failed", "--since", "1h", "--type", "second", "--json"));
        var none = await DoneAsync("events", "--status", "failed", "--type", "simulated", "--json");
        var runs = JsonNode.Parse(await DoneAsync("runs", "list", "--json"))!["runs"]!.AsArray();
        string run = (string)runs[0]!["run_id"]!;
        string shown = await DoneAsync("runs", "show", run);
        var totals = JsonNode.Parse(await DoneAsync("runs", "totals", "--by", "type", "--json"))!;
        string table = await DoneAsync("runs", "totals");
        var unknown = await ProductInside.RunAsync(_home, Limit, "runs", "show", "run_0");
        var senseless = await ProductInside.RunAsync(_home, Limit, "events", "--since", "soon");

        Assert.Equal(("settled", run, "second"), ((string?)happened[0]["kind"], (string?)happened[0]["run_id"], (string?)happened[0]["worker_type"]));
        Assert.Empty(none);
        Assert.Equal(["failed", "completed"], runs.Select(each => (string?)each!["status"]));
        Assert.Contains("status            failed", shown, StringComparison.Ordinal);
        Assert.Equal(["second", "simulated"], totals["rows"]!.AsArray().Select(row => (string?)row!["key"]));
        Assert.Equal(2, (int)totals["total"]!["runs"]!);
        Assert.Matches("total +2 +1 +1 +0 +0 ", table);
        Assert.Contains("mcpworkers runs list", unknown.Stderr, StringComparison.Ordinal);
        Assert.Equal((2, 2), (unknown.ExitCode, senseless.ExitCode));
        Assert.Contains("since is 'soon'", senseless.Stderr, StringComparison.Ordinal);
    }

    public void Dispose() => _home.Dispose();

    private static List<JsonNode> Lines(string text) => [.. text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonNode.Parse(line)!)];

    private async Task<string> DoneAsync(params string[] words)
    {
        var end = await ProductInside.RunAsync(_home, Limit, words);
        Assert.True(end.ExitCode == 0, end.ToString());
        return end.Stdout;
    }
}
