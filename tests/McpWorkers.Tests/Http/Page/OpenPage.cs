using McpWorkers.Tests.Product;
using Microsoft.Playwright;

namespace McpWorkers.Tests.Http.Page;

/// <summary>The page in a browser, and all that it complained of.</summary>
internal sealed class OpenPage : IAsyncDisposable
{
    private readonly IBrowserContext _context;
    private readonly List<string> _complaints = [];

    public OpenPage(IBrowserContext context, IPage page)
    {
        _context = context;
        Page = page;
        page.PageError += (_, error) => Note($"error: {error}");
        page.Dialog += (_, dialog) => Note($"dialog: {dialog.Message}");
        page.Console += (_, message) =>
        {
            // What another builder of a server leaves out is asked for once, and the browser says so.
            if (message.Type == "error" && !message.Text.StartsWith("Failed to load resource", StringComparison.Ordinal))
            {
                Note($"console: {message.Text}");
            }
        };
    }

    public IPage Page { get; }

    /// <summary>Faults of scripts, what the policy forbade, windows that popped up.</summary>
    public IReadOnlyList<string> Complaints
    {
        get
        {
            lock (_complaints)
            {
                return [.. _complaints];
            }
        }
    }

    public ILocator Rows => Page.Locator("#rows .row:not([hidden])");

    public async Task GoAsync(string url)
    {
        await Page.GotoAsync(url);
        await IsAsync("live");
    }

    /// <summary>Waits until the page says that of its connection.</summary>
    public Task IsAsync(string connection) => Page.Locator($"#connection[data-state={connection}]").WaitForAsync();

    public Task HasAsync(string selector, string text) => Assertions.Expect(Page.Locator(selector)).ToContainTextAsync(text, new() { Timeout = 15_000 });

    public async Task PressAsync(params string[] keys)
    {
        foreach (string key in keys)
        {
            await Page.Keyboard.PressAsync(key);
        }
    }

    /// <summary>Kept beside the tools of the tests, for whoever wants to look.</summary>
    public Task ShootAsync(string name) =>
        Page.ScreenshotAsync(new() { Path = Path.Combine(ProductPaths.Tools, "screenshots", $"{name}.png") });

    public async ValueTask DisposeAsync() => await _context.CloseAsync();

    private void Note(string complaint)
    {
        lock (_complaints)
        {
            _complaints.Add(complaint);
        }
    }
}
