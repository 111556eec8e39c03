using McpWorkers.Cli;
using Xunit;

namespace McpWorkers.Tests.Cli.Watch;

/// <summary>The live table over a real engine, its keys and its screen in memory.</summary>
public sealed class LiveMonitorTests
{
    private const int TestLimit = 30_000;

    private Action<ConsoleKeyInfo>? _keys;

    [Fact(Timeout = TestLimit)]
    public async Task A_hundred_workers_are_drawn_at_most_four_times_a_second()
    {
        const int Drawings = 5;
        var launcher = new ScriptedLauncher(endsOn: static _ => true) { Expected = 100 };
        await using var place = new WorkersPlace(launcher, settings => settings with { MaxWorkers = 200, MaxConcurrentWorkers = 100 });
        string[] ids = string.Concat((await place.RunAsync("spawn", "-n", "50")).Out, (await place.RunAsync("spawn", "-n", "50")).Out)
            .Split('\n', StringSplitOptions.RemoveEmptyEntries);
        await Task.WhenAll(ids.Select(id => place.RunAsync("execute", id, "-p", "busy", "--no-wait")));
        await launcher.AllRun.Task;
        using var screen = new CountedScreen();

        long begun = TimeProvider.System.GetTimestamp();
        var monitor = place.Start(environment => OnScreen(environment, screen), "monitor", "--interval", "0.1");

        // Each move of the mark changes the screen, so that every drawing writes.
        while (screen.Drawings < Drawings)
        {
            await screen.WaitAsync();
            Press(new('j', default, false, false, false));
        }

        var took = TimeProvider.System.GetElapsedTime(begun);
        Press(new('q', default, false, false, false));
        Assert.Equal(0, await monitor.Ended);
        Assert.True(took >= TimeSpan.FromMilliseconds(240 * (Drawings - 1)), $"{screen.Drawings} drawings in {took.TotalSeconds:0.00} s.");
        string shown = screen.Text;
        Assert.Contains("100 workers: 100 running", shown, StringComparison.Ordinal);
        Assert.Contains("… 1–19 of 100", shown, StringComparison.Ordinal);

        // A move redraws two lines, not the table.
        Assert.InRange(screen.LastDrawing.Length, 1, 24 * 100 / 2);
        await place.RunAsync("close-all");
    }

    [Fact(Timeout = TestLimit)]
    public async Task Keys_follow_a_worker_and_cancel_its_run()
    {
        var launcher = new ScriptedLauncher(endsOn: static _ => true);
        await using var place = new WorkersPlace(launcher);
        string id = (await place.RunAsync("spawn")).Out.Trim();
        await place.RunAsync("execute", id, "-p", "the words of the agent\u001b[2J", "--no-wait");
        await launcher.AllRun.Task;
        using var screen = new CountedScreen();
        var monitor = place.Start(environment => OnScreen(environment, screen), "monitor", id, "--interval", "0.1");

        await screen.UntilAsync("running");
        Press(new('c', default, false, false, false));
        await screen.UntilAsync($"Cancel the run of {id}? y/n");
        Press(new('y', default, false, false, false));
        await screen.UntilAsync($"The run of {id} was stopped.");
        await screen.UntilAsync("cancelled");
        Press(new('\r', ConsoleKey.Enter, false, false, false));
        await screen.UntilAsync("q back to the table");
        Press(new('q', default, false, false, false));
        await screen.UntilAsync("q quit");
        Press(new('q', default, false, false, false));

        Assert.Equal(0, await monitor.Ended);
        Assert.DoesNotContain("agent\u001b[2J", screen.Text, StringComparison.Ordinal);
        Assert.EndsWith("\u001b[?1049l", screen.Text, StringComparison.Ordinal);
    }

    [Fact(Timeout = TestLimit)]
    public async Task Ctrl_C_gives_the_screen_back()
    {
        await using var place = new WorkersPlace(new ScriptedLauncher());
        using var screen = new CountedScreen();
        var monitor = place.Start(environment => OnScreen(environment, screen), "monitor");
        await screen.UntilAsync("There are no workers.");

        place.Interrupt();

        Assert.Equal(130, await monitor.Ended);
        Assert.EndsWith("\u001b[?1049l", screen.Text, StringComparison.Ordinal);
    }

    private void Press(ConsoleKeyInfo key) => _keys!(key);

    private CliEnvironment OnScreen(CliEnvironment environment, CountedScreen screen) => environment with
    {
        Out = screen,
        OutIsTerminal = true,
        Keys = pressed =>
        {
            _keys = pressed;
            return new StringReader("");
        },
    };

    /// <summary>Everything that was written, and how often.</summary>
    private sealed class CountedScreen : StringWriter
    {
        private readonly Lock _lock = new();
        private TaskCompletionSource _next = New();

        public int Drawings { get; private set; }

        public string LastDrawing { get; private set; } = "";

        public string Text
        {
            get
            {
                lock (_lock)
                {
                    return ToString();
                }
            }
        }

        public override void Write(string? value)
        {
            lock (_lock)
            {
                base.Write(value);
                if (value?.Contains(";1H", StringComparison.Ordinal) == true)
                {
                    Drawings++;
                    LastDrawing = value;
                }

                _next.TrySetResult();
                _next = New();
            }
        }

        public Task WaitAsync()
        {
            lock (_lock)
            {
                return _next.Task.WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken);
            }
        }

        public async Task UntilAsync(string shown) => await Until.TrueAsync(() => Text.Contains(shown, StringComparison.Ordinal));

        private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
