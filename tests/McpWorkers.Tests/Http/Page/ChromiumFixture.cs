using McpWorkers.Tests.RealAgents;
using Microsoft.Playwright;
using Xunit;

namespace McpWorkers.Tests.Http.Page;

/// <summary>
/// One real browser for all tests that look at the page; each gets a profile of its own in it. Without Debian's chromium they are skipped with
/// the reason, or fail where TESTS_STRICT is 1.
/// </summary>
public sealed class ChromiumFixture : IAsyncLifetime
{
    public const string Collection = "Browser";

    private const string Executable = "/usr/bin/chromium";

    private IPlaywright? _playwright;
    private IBrowser? _browser;

    public async ValueTask InitializeAsync()
    {
        if (!File.Exists(Executable))
        {
            return;
        }

        _playwright = await Playwright.CreateAsync();
        _browser = await _playwright.Chromium.LaunchAsync(new()
        {
            ExecutablePath = Executable,
            Args =
            [
                "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync",
            ],
        });
    }

    public async ValueTask DisposeAsync()
    {
        await (_browser?.CloseAsync() ?? Task.CompletedTask);
        _playwright?.Dispose();
    }

    /// <summary>A page in a profile of its own.</summary>
    internal async Task<OpenPage> OpenAsync(ColorScheme scheme = ColorScheme.Light, int width = 1280, int height = 800)
    {
        if (_browser is null)
        {
            Needs.Missing($"There is no {Executable}; ./test.sh installs it where it may.");
        }

        var context = await _browser!.NewContextAsync(new() { ColorScheme = scheme, ViewportSize = new() { Width = width, Height = height } });
        context.SetDefaultTimeout(15_000);
        return new(context, await context.NewPageAsync());
    }

    [CollectionDefinition(Collection)]
    public sealed class Definition : ICollectionFixture<ChromiumFixture>;
}
