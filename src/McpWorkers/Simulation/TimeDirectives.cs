using System.Globalization;

namespace McpWorkers.Simulation;

/// <summary>Directives about time: when the agent says something, and when it says nothing.</summary>
internal static class TimeDirectives
{
    public static Task Pace(SimulatedRun run, Directive directive)
    {
        run.Fast = directive.Argument switch
        {
            "fast" => true,
            "normal" => false,
            _ => throw new DirectiveException($"[[pace]]: '{directive.Argument}' is not known. Allowed: fast, normal."),
        };
        return Task.CompletedTask;
    }

    public static Task NoOutput(SimulatedRun run, Directive directive) => run.WaitAsync(directive.Seconds());

    /// <summary>Works for so long and says so every second: only the wall clock can end it.</summary>
    public static async Task Sleep(SimulatedRun run, Directive directive)
    {
        var left = directive.Seconds();
        while (left > TimeSpan.Zero)
        {
            await run.SayAsync(string.Create(CultureInfo.InvariantCulture, $"Simulated agent: at work, {left.TotalSeconds:0.#} s left."));
            var step = left < TimeSpan.FromSeconds(1) ? left : TimeSpan.FromSeconds(1);
            await run.WaitAsync(step);
            left -= step;
        }
    }

    public static async Task Silence(SimulatedRun run, Directive directive)
    {
        var time = directive.Seconds();
        await run.SayAsync("Simulated agent: silent from here on.");
        await run.WaitAsync(time);
    }

    public static async Task ToolOpen(SimulatedRun run, Directive directive)
    {
        var time = directive.Seconds();
        string call = await run.CallToolAsync("Bash", json => json.WriteString("command", "a long build"));
        await run.WaitAsync(time);
        await run.AnswerToolAsync(call, "done");
    }

    /// <summary>Closes standard output and lives on.</summary>
    public static async Task StopOutput(SimulatedRun run, Directive directive)
    {
        var time = directive.Seconds();
        await run.SayAsync("Simulated agent: this is my last line.");
        run.Around.CloseOutput();
        try
        {
            await run.WaitAsync(time);
        }
        catch (OperationCanceledException)
        {
            // Nothing can be said any more: the output is closed.
        }

        run.Exit(0);
    }

    public static async Task ResultThenLive(SimulatedRun run, Directive directive)
    {
        var time = directive.Seconds();
        await SimulatedAgent.FinishAsync(run);
        await run.WaitAsync(time);
        run.Exit(0);
    }
}
