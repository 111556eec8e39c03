using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using McpWorkers.Tests.Daemon;
using Xunit;

namespace McpWorkers.Tests.Product;

/// <summary>What a person sees in a terminal: debug mode's pane, and the live table driven by keys.</summary>
public sealed partial class TmuxTests : IDisposable
{
    private const int TestLimit = 120_000;

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    private readonly ProductHome _home = new();

    [Fact(Timeout = TestLimit)]
    public async Task Debug_mode_opens_one_pane_that_shows_what_the_workers_write()
    {
        await using var tmux = await TmuxScene.StartAsync(_home, 110, 30, "sleep", "300");
        using (var relay = new RelayProcess(_home, "--debug", "--config", _home.Config))
        {
            // No tmux, no window: its streams are the protocol's, so only the place is said.
            await relay.OpenAsync();
            await Cli.Until.TrueAsync(() => relay.Stderr.Contains(Path.Combine(_home.Data, "runs", "<run>", "stdout.ndjson"), StringComparison.Ordinal));
        }

        _home.Set("TMUX", tmux.Variable);
        await using var host = await ProductMcp.StartAsync(_home, "--debug");
        string pane = (await tmux.PanesAsync(2))[1];
        string worker = await host.SpawnAsync("simulated");
        await host.CallAsync("worker_execute", ("worker_id", worker), ("prompt", "[[pace:fast]] [[text:by way of the relay]]"));
        await tmux.ScreenAsync(screen => screen.Contains($"[{worker}] by way of the relay", StringComparison.Ordinal), pane);

        // The commands of the session find the pane there.
        var first = ProductInside.RunAsync(_home, Limit, "--debug", "workers", "execute", "-t", "simulated", "-n", "2", "-p", "[[pace:fast]] [[sleep:4]] [[text:seen in the pane]]");
        await tmux.ScreenAsync(screen => AtWork().IsMatch(screen), pane);

        var health = JsonNode.Parse((await ProductInside.RunAsync(_home, Limit, "workers", "health", "--json")).Stdout)!;
        Assert.Equal((true, true), ((bool)health["debug_mode"]!, (bool)health["debug_monitor_active"]!));

        var end = await first;
        Assert.Equal(0, end.ExitCode);
        Assert.DoesNotContain("[term_", end.Stderr, StringComparison.Ordinal);
        string shown = await tmux.ScreenAsync(screen => Said().Count(screen) == 2 && screen.EndsWith(" is over", StringComparison.Ordinal), pane);
        Assert.Equal(2, Said().Matches(shown).Select(line => line.Groups[1].Value).Distinct().Count());

        await tmux.PanesAsync(2);
    }

    [Fact(Timeout = TestLimit)]
    public async Task The_live_table_is_driven_by_keys()
    {
        string[] ids = (await DoneAsync("spawn", "-t", "simulated", "-n", "3")).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        await DoneAsync("execute", ids[0], "-p", "[[pace:fast]] [[text:the answer]]");
        await DoneAsync("execute", ids[1], "-p", "[[pace:fast]] [[sleep:300]]", "--no-wait");
        // Too narrow for processor and memory, which are told from the second look on.
        await using var tmux = await TmuxScene.StartAsync(
            _home, 90, 9, "env", "TERM=screen-256color", "sh", "-c", "\"$0\" workers monitor --interval 0.2 --config \"$1\"; echo code $?; exec sleep 300", ProductPaths.Executable, _home.Config);

        string table = await tmux.ScreenAsync(screen => AtWork().IsMatch(screen));
        Assert.Equal(
            """
            mcpworkers  3 workers: 1 pending, 1 running, 1 completed  N tokens
            [........................] 0 of 1 runs
            WORKER             TYPE       STATE      TIME  TOKENS   COST  DOING
            term_1             simulated  completed  …  (simulated) the answer
            term_2             simulated  running  …  (simulated) Simulated agent…
            term_3             simulated  pending


            ↑↓ select  enter follow  c cancel  w only those at work  q quit
            """,
            Steady(table, ids));
        await tmux.PressAsync("Down", "Enter");
        string log = await tmux.ScreenAsync(screen => screen.Contains("q back to the table", StringComparison.Ordinal) && AtWork().IsMatch(screen));
        Assert.StartsWith($"{ids[1]}  simulated  running", log, StringComparison.Ordinal);
        await tmux.PressAsync("q");
        await tmux.ScreenAsync(screen => screen.Contains("q quit", StringComparison.Ordinal));
        await tmux.PressAsync("c");
        await tmux.ScreenAsync(screen => screen.EndsWith($"Cancel the run of {ids[1]}? y/n", StringComparison.Ordinal));
        await tmux.PressAsync("y");
        string cancelled = await tmux.ScreenAsync(
            screen => screen.EndsWith($"The run of {ids[1]} was stopped.", StringComparison.Ordinal) && screen.Contains(" cancelled ", StringComparison.Ordinal));
        Assert.Contains("[########################] 1 of 1 runs", cancelled, StringComparison.Ordinal);
        await tmux.PressAsync("q");

        // The screen as it was before comes back, and the terminal echoes again what is typed.
        await tmux.ScreenAsync(screen => screen.Contains("code 0", StringComparison.Ordinal));
        await tmux.PressAsync("typed");
        string after = await tmux.ScreenAsync(screen => screen.Contains("typed", StringComparison.Ordinal));
        Assert.Equal("code 0 typed", string.Join(' ', after.Split((char[])[' ', '\n'], StringSplitOptions.RemoveEmptyEntries)));
    }

    public void Dispose() => _home.Dispose();

    private static string Steady(string screen, string[] ids)
    {
        string named = screen;
        for (int i = 0; i < ids.Length; i++)
        {
            named = named.Replace(ids[i], $"term_{i + 1}".PadRight(ids[i].Length), StringComparison.Ordinal);
        }

        // How long it took and what was counted is not the same each time.
        string steady = Figures().Replace(Tokens().Replace(named, "  N tokens"), "$1  …  $2");
        return string.Join('\n', steady.Split('\n').Select(line => line.TrimEnd()));
    }

    private async Task<string> DoneAsync(params string[] arguments)
    {
        var end = await ProductInside.RunAsync(_home, Limit, ["workers", .. arguments]);
        Assert.True(end.ExitCode == 0, end.ToString());
        return end.Stdout.Trim();
    }

    [GeneratedRegex("  [0-9.]+k? tokens.*")]
    private static partial Regex Tokens();

    [GeneratedRegex("^(term_\\d +simulated +\\S+) +[0-9]+ s .*?(\\(simulated\\).*)$", RegexOptions.Multiline)]
    private static partial Regex Figures();

    [GeneratedRegex("at work")]
    private static partial Regex AtWork();

    [GeneratedRegex("^\\[(term_[0-9a-f]+)\\] seen in the pane$", RegexOptions.Multiline)]
    private static partial Regex Said();
}
