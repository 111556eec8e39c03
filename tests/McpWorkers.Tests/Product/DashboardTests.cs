using System.Net;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using McpWorkers.Tests.Http.Page;
using Xunit;

namespace McpWorkers.Tests.Product;

/// <summary>'mcpworkers dashboard' and the page over a daemon of the built product, also over one that is started again.</summary>
[Collection(ChromiumFixture.Collection)]
public sealed class DashboardTests(ChromiumFixture chromium) : IDisposable
{
    private const string Edit =
        """{"type":"assistant","session_id":"s","message":{"role":"assistant","content":[{"type":"tool_use","id":"t1","name":"Edit","input":{"file_path":"a.html","old_string":"one\n<b>two</b>","new_string":"one\n<i>three</i>"}}]}}""";

    private const string Edited =
        """{"type":"user","session_id":"s","message":{"role":"user","content":[{"tool_use_id":"t1","type":"tool_result","content":"The file was changed.","is_error":false}]}}""";

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    private readonly ProductHome _home = new();

    [Fact(Timeout = 180_000)]
    public async Task Workers_are_run_from_the_page_and_it_goes_on_over_a_restart()
    {
        // Somebody else has the port of the settings: any free one will do, and is kept.
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        _home.WriteHostSettings(new() { ["http"] = new JsonObject { ["port"] = ((IPEndPoint)taken.LocalEndpoint).Port } });
        await using var page = await chromium.OpenAsync();
        var asked = JsonNode.Parse(await DoneAsync("dashboard", "--no-open", "--json"))!;
        Assert.True((bool)asked["http_opened"]!);
        await page.GoAsync((string)asked["url"]!);
        await page.HasAsync("#nothing", "No workers yet");
        await page.ShootAsync("empty");

        await page.Page.ClickAsync("#spawn");
        await page.Page.SelectOptionAsync("#spawn-type", "simulated");
        await page.Page.FillAsync("#spawn-count", "3");
        await page.Page.FillAsync("#spawn-directory", _home.Work);
        await page.Page.FillAsync("#spawn-prompt", "[[sleep:60]]");
        await page.ShootAsync("spawn");
        await page.Page.ClickAsync("#dialog button[type=submit]");
        await page.HasAsync("#count", "3");
        await page.Rows.First.ClickAsync();
        // Live: the run goes on for a minute yet.
        await page.HasAsync("#output", "58 s left");
        await page.ShootAsync("live");
        await page.Page.EvaluateAsync("() => { window.notReloaded = true; }");

        await DoneAsync("daemon", "restart");
        await page.IsAsync("live");
        await page.HasAsync("#figures", "3 at work");
        Assert.True(await page.Page.EvaluateAsync<bool>("() => window.notReloaded"));
        await page.Page.ClickAsync("#cancel");
        await page.Page.ClickAsync("#dialog button.danger");
        await page.HasAsync("#detail-status", "cancelled");

        await page.Page.FillAsync("#prompt", $"[[raw:{Edit}]] [[raw:{Edited}]]");
        await page.Page.ClickAsync("#prompt-form button");
        await page.HasAsync("#output summary", "Edit");
        await page.Page.ClickAsync("#output summary");
        await page.HasAsync("#output .diff .add", "<i>three</i>");
        await page.HasAsync("#output .diff .del", "<b>two</b>");
        await page.HasAsync("#output details", "The file was changed.");
        await page.ShootAsync("diff");
        foreach (string view in new[] { "history", "timeline", "usage", "machine" })
        {
            await page.Page.ClickAsync($"[data-tab={view}]");
            await page.Page.Locator($"#view-{view}").WaitForAsync();
            await page.ShootAsync(view);
        }

        var again = JsonNode.Parse(await DoneAsync("dashboard", "--no-open", "--json"))!;
        Assert.False((bool)again["http_opened"]!);
        Assert.Equal(new Uri((string)asked["url"]!).Port, new Uri((string)again["url"]!).Port);
        Assert.Empty(page.Complaints);
    }

    public void Dispose() => _home.Dispose();

    private async Task<string> DoneAsync(params string[] arguments)
    {
        var end = await ProductInside.RunAsync(_home, Limit, arguments);
        Assert.True(end.ExitCode == 0, $"'{string.Join(' ', arguments)}' ended with {end.ExitCode}: {end.Stderr}");
        return end.Stdout;
    }
}
