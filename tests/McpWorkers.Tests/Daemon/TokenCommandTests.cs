using System.Text.Json.Nodes;
using McpWorkers.Tests.Product;
using Xunit;

namespace McpWorkers.Tests.Daemon;

public sealed class TokenCommandTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(40);

    [Fact(Timeout = 90_000)]
    public async Task Tokens_are_told_once_and_kept_as_hashes()
    {
        using var home = new ProductHome();
        var made = await ProductCommand.RunAsync(home, Limit, "token", "create", "laptop", "--scope", "read", "--expires", "3");
        string token = made.Stdout.Trim();
        Assert.Matches("^mcpw_[A-Za-z0-9_-]{43}$", token);

        var again = await ProductCommand.RunAsync(home, Limit, "token", "create", "laptop");
        Assert.Equal(2, again.ExitCode);
        Assert.Contains("mcpworkers token revoke laptop", again.Stderr, StringComparison.Ordinal);
        Assert.Equal(2, (await ProductCommand.RunAsync(home, Limit, "token", "create", "a b")).ExitCode);
        Assert.Equal(2, (await ProductCommand.RunAsync(home, Limit, "token", "create", "x", "--scope", "root")).ExitCode);
        Assert.Equal(2, (await ProductCommand.RunAsync(home, Limit, "token", "create", "x", "--expires", "0")).ExitCode);

        var listed = JsonNode.Parse((await ProductCommand.RunAsync(home, Limit, "token", "list", "--json")).Stdout)!.AsArray();
        var one = Assert.Single(listed)!;
        Assert.Equal(("laptop", "read"), ((string?)one["name"], (string?)one["scope"]));
        Assert.NotNull(one["expires"]);
        foreach (string file in Directory.EnumerateFiles(home.Data, "*", SearchOption.AllDirectories).Where(file => !file.EndsWith("lock", StringComparison.Ordinal) && !file.EndsWith(".sock", StringComparison.Ordinal)))
        {
            Assert.DoesNotContain(token, File.ReadAllText(file, System.Text.Encoding.Latin1), StringComparison.Ordinal);
        }

        Assert.Equal(0, (await ProductCommand.RunAsync(home, Limit, "token", "revoke", "laptop")).ExitCode);
        Assert.Equal(2, (await ProductCommand.RunAsync(home, Limit, "token", "revoke", "laptop")).ExitCode);
    }
}
