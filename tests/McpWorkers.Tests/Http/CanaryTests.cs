using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using McpWorkers.Daemon;
using McpWorkers.Engine.Storage;
using McpWorkers.Engine.Workers;
using McpWorkers.Http;
using McpWorkers.Mcp;
using McpWorkers.Tests.Workers.Hosting;
using Xunit;

namespace McpWorkers.Tests.Http;

/// <summary>
/// Secrets that an agent says in all the ways that it has are in its raw run directory (and in the file of an open worker's environment), and
/// behind no door: results, logs, events, history, MCP, HTTP, the store, the daemon's log.
/// </summary>
public sealed class CanaryTests : IAsyncDisposable
{
    private const string OfVariable = "canary-5f1c9e7ab3d2-variable";
    private const string OfType = "canary-7712ab44de90-type";
    private const string OfHeader = "canary-91b2aa07cc31-header";
    private const string OfQuery = "canary-40e2d9b1fa58-query";
    private const string OfAddress = "canary-c3b8e0127f6a-address";

    private const string Script =
        """
        read x
        echo "it is $SOME_TOKEN and $TYPE_SECRET"
        echo "curl -H 'Authorization: Bearer canary-91b2aa07cc31-header' 'https://h/?access_token=canary-40e2d9b1fa58-query'"
        echo "git clone https://me:canary-c3b8e0127f6a-address@h/x.git"
        echo "again $SOME_TOKEN https://h/?access_token=canary-40e2d9b1fa58-query" >&2
        exit 3
        """;

    private static readonly string[] Canaries = [OfVariable, OfType, OfHeader, OfQuery, OfAddress];

    private readonly DurableHost _host = new();

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact(Timeout = 120_000)]
    public async Task Secrets_that_an_agent_says_are_behind_no_door()
    {
        await OpenAsync();
        using var log = new DaemonLog(_host.FileIn("daemon.log"), null, TimeProvider.System) { Level = HostLogLevel.Debug, Mask = _host.Manager.Mask };
        await using var facts = new FactLog(_host.Manager, log);
        var tools = new ToolCatalog(_host.Manager, log, TimeProvider.System);
        var servers = new McpServerFactory(_host.Manager, tools, log, TimeProvider.System);
        var options = new HttpOptions { Served = call => log.Add(HostLogLevel.Debug, "http", $"{call.Method} {call.Path}") };
        await using var door = await HttpDoor.StartAsync(_host.Manager, servers, tools, new() { Port = 0 }, options, log, Cancelled);
        using var client = new HttpClient { BaseAddress = new(door.Url) };
        string token = await AddTokenAsync();
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        using var news = _host.Manager.Events.Subscribe();

        var caller = new Caller { Environment = new Dictionary<string, string> { ["PATH"] = "/usr/bin:/bin", ["SOME_TOKEN"] = OfVariable } };
        string worker = (await _host.Manager.As(caller).SpawnAsync(new() { WorkerType = "leaks" }, Cancelled)).Single();
        var result = await _host.Manager.ExecuteAsync(worker, "go", cancellationToken: Cancelled);
        string run = (string)result.Metadata["run_id"]!;
        var shown = new StringBuilder(result.ToJson().ToJsonString());
        foreach (string address in Addresses(worker, run))
        {
            using var answer = await client.GetAsync(new Uri(address, UriKind.Relative), Cancelled);
            Assert.True(answer.IsSuccessStatusCode, $"{address}: {answer.StatusCode}");
            shown.Append(await answer.Content.ReadAsStringAsync(Cancelled));
        }

        shown.Append(await CallAsync(client, "worker_collect_results", "{}")).Append(await CallAsync(client, "worker_list", "{}"));
        await _host.Manager.CancelAsync(worker, $"since Authorization: Bearer {OfHeader} was seen", null, Cancelled);
        await _host.Manager.CloseAsync(worker, Cancelled);
        string afterwards = await client.GetStringAsync(new Uri($"/api/v1/runs/{run}/log", UriKind.Relative), Cancelled);
        while (news.Reader.TryRead(out var happened))
        {
            shown.Append(happened.Text);
        }

        await facts.DisposeAsync();
        shown.Append(afterwards).Append(await File.ReadAllTextAsync(_host.FileIn("daemon.log"), Cancelled));

        // The agent did say them, and they were masked, not lost with their lines.
        Assert.Contains("it is *** and ***", afterwards, StringComparison.Ordinal);
        Assert.Contains("Bearer ***", afterwards, StringComparison.Ordinal);
        Assert.All([.. Canaries, token], canary => Assert.DoesNotContain(canary, shown.ToString(), StringComparison.Ordinal));
        await AssertStoredNowhereAsync(run);
    }

    [Fact(Timeout = 120_000)]
    public async Task A_log_that_is_read_by_a_later_host_is_masked_too()
    {
        await OpenAsync();
        var caller = new Caller { Environment = new Dictionary<string, string> { ["PATH"] = "/usr/bin:/bin", ["SOME_TOKEN"] = OfVariable } };
        string worker = (await _host.Manager.As(caller).SpawnAsync(new() { WorkerType = "leaks" }, Cancelled)).Single();
        var result = await _host.Manager.ExecuteAsync(worker, "go", cancellationToken: Cancelled);
        await _host.Manager.CloseAsync(worker, Cancelled);

        await _host.OpenAsync();
        var page = await _host.Manager.ReadLogAsync((string)result.Metadata["run_id"]!, 0, cancellationToken: Cancelled);

        string text = string.Join('\n', page.Lines.Select(line => line.Text));
        Assert.Contains("it is *** and ***", text, StringComparison.Ordinal);
        Assert.All(Canaries, canary => Assert.DoesNotContain(canary, text, StringComparison.Ordinal));
    }

    public async ValueTask DisposeAsync() => await _host.DisposeAsync();

    private static IEnumerable<string> Addresses(string worker, string run) =>
    [
        "/api/v1/workers", $"/api/v1/workers/{worker}", "/api/v1/monitor?interval=0.1", "/api/v1/results", "/api/v1/health", $"/api/v1/runs/{run}",
        $"/api/v1/runs/{run}/output", $"/api/v1/runs/{run}/log", "/api/v1/runs", "/api/v1/totals?by=type", "/api/v1/facts",
        "/api/v1/system", "/metrics", "/",
    ];

    private static async Task<string> CallAsync(HttpClient client, string tool, string arguments)
    {
        using var answer = await client.PostAsync(
            new Uri("/tools/call", UriKind.Relative), OpenDoor.Json(new JsonObject { ["name"] = tool, ["arguments"] = JsonNode.Parse(arguments) }.ToJsonString()), Cancelled);
        Assert.True(answer.IsSuccessStatusCode, $"{tool}: {answer.StatusCode}");
        return await answer.Content.ReadAsStringAsync(Cancelled);
    }

    private async Task OpenAsync()
    {
        await _host.OpenAsync(("leaks", Script));
        _host.Settings = _host.Settings with
        {
            WorkerTypes = [.. _host.Settings.WorkerTypes.Select(type => type with { Environment = new Dictionary<string, string> { ["TYPE_SECRET"] = OfType } })],
        };
        await _host.OpenAsync();
    }

    private async Task<string> AddTokenAsync()
    {
        string token = TokenMethods.Prefix + Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(22));
        await _host.Manager.Tokens.AddAsync(
            new("canary", Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes(token))), TokenScope.Operate, TimeProvider.System.GetUtcNow()));
        return token;
    }

    /// <summary>Whatever lies in the data directory, but for the raw directory of the run.</summary>
    private async Task AssertStoredNowhereAsync(string run)
    {
        await _host.LeaveAsync();
        var holders = Directory.EnumerateFiles(_host.Data, "*", SearchOption.AllDirectories)
            .Where(file => Canaries.Any(canary => Encoding.Latin1.GetString(File.ReadAllBytes(file)).Contains(canary, StringComparison.Ordinal)))
            .Select(file => Path.GetRelativePath(_host.Data, file))
            .ToList();
        Assert.All(holders, holder => Assert.StartsWith(Path.Combine("runs", run), holder, StringComparison.Ordinal));
        Assert.DoesNotContain(holders, holder => Path.GetFileName(holder) is "run.json" or "output.txt");
    }
}
