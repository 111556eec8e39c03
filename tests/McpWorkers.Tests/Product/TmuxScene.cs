using McpWorkers.Engine.Execution.Processes;
using McpWorkers.Tests.RealAgents;
using Xunit;

namespace McpWorkers.Tests.Product;

/// <summary>A tmux server of a test's own with one session, driven by keys and seen by its screen. It ends with the test.</summary>
internal sealed class TmuxScene : IAsyncDisposable
{
    private const string Session = "scene";

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(50);

    private readonly string _socket;

    private TmuxScene(string socket) => _socket = socket;

    /// <summary>What <c>TMUX</c> is within the session.</summary>
    public string Variable { get; private set; } = "";

    /// <param name="words">What runs in its first pane.</param>
    public static async Task<TmuxScene> StartAsync(ProductHome home, int width, int height, params string[] words)
    {
        if (!File.Exists("/usr/bin/tmux"))
        {
            Needs.Missing("tmux is not installed; ./test.sh does it.");
        }

        // Not below the home: the path of a socket is short.
        var scene = new TmuxScene(Path.Combine(Path.GetTempPath(), $"t{Guid.NewGuid():N}"[..12]));
        string[] start =
        [
            "-f", "/dev/null", "new-session", "-d", "-s", Session, "-x", $"{width}", "-y", $"{height}", "-c", home.Work,
            .. home.Environment.Where(one => one.Key != "TERM").SelectMany(one => new[] { "-e", $"{one.Key}={one.Value}" }),
            "--", .. words,
        ];
        await scene.TellAsync(start);
        string server = (await scene.TellAsync("display-message", "-p", "-t", Session, "#{socket_path},#{pid},#{session_id}")).Trim();
        scene.Variable = server.Replace("$", "", StringComparison.Ordinal);
        return scene;
    }

    /// <summary>Keys as tmux names them: <c>Down</c>, <c>Enter</c>, <c>q</c>.</summary>
    public Task PressAsync(params string[] keys) => TellAsync(["send-keys", "-t", $"{Session}:0.0", .. keys]);

    /// <summary>The ids of the session's panes, in their order, once there are so many.</summary>
    public async Task<string[]> PanesAsync(int count)
    {
        string[] panes = [];
        for (int looks = 0; looks < Limit / Look; looks++)
        {
            panes = (await TellAsync("list-panes", "-s", "-t", Session, "-F", "#{pane_id}")).Split('\n', StringSplitOptions.RemoveEmptyEntries);
            if (panes.Length == count)
            {
                return panes;
            }

            await Task.Delay(Look, TestContext.Current.CancellationToken);
        }

        throw new Xunit.Sdk.XunitException($"There are {panes.Length} panes, not {count}.");
    }

    /// <summary>The screen of a pane once it is as wanted.</summary>
    public async Task<string> ScreenAsync(Func<string, bool> wanted, string pane = Session + ":0.0")
    {
        string screen = "";
        for (int looks = 0; looks < Limit / Look; looks++)
        {
            screen = (await TellAsync("capture-pane", "-p", "-J", "-t", pane)).TrimEnd('\n');
            if (wanted(screen))
            {
                return screen;
            }

            await Task.Delay(Look, TestContext.Current.CancellationToken);
        }

        throw new Xunit.Sdk.XunitException($"The screen did not come to be as wanted:\n{screen}");
    }

    public async ValueTask DisposeAsync()
    {
        await CommandRunner.RunAsync("tmux", ["-S", _socket, "kill-server"], Limit);
        File.Delete(_socket);
    }

    private async Task<string> TellAsync(params string[] words)
    {
        var said = await CommandRunner.RunAsync("tmux", ["-u", "-S", _socket, .. words], Limit, TestContext.Current.CancellationToken);
        Assert.True(said.ExitCode == 0, $"tmux {words[0]}: {said.Stderr}");
        return said.Stdout;
    }
}
