namespace McpWorkers.Simulation;

/// <summary>A directive that the simulated agent knows.</summary>
/// <param name="Form">How it is written, with its argument.</param>
/// <param name="BeforeStart">It acts without the session's first line having been said.</param>
internal sealed record DirectiveKind(string Form, Func<SimulatedRun, Directive, Task> Play, bool BeforeStart = false)
{
    public string Name { get; } = Form.Split(':')[0];
}

/// <summary>Every directive, in the order of the manual (docs/simulated-agent.md), which a test compares with this table.</summary>
internal static class DirectiveCatalog
{
    public static IReadOnlyList<DirectiveKind> All { get; } =
    [
        new("text:TEXT", AnswerDirectives.Text),
        new("big:BYTES", AnswerDirectives.Big),
        new("unicode", AnswerDirectives.Unicode),
        new("cwd", AnswerDirectives.WorkingDirectory),
        new("env:NAME", AnswerDirectives.Variable),
        new("denied:TOOL", AnswerDirectives.Denied),
        new("subagent", AnswerDirectives.Subagent),
        new("background:SECONDS", AnswerDirectives.Background),
        new("result", AnswerDirectives.Result),
        new("write:PATH:TEXT", FileDirectives.Write),
        new("remove:PATH", FileDirectives.Remove),
        new("shell:COMMAND", FileDirectives.Shell),
        new("pace:fast", TimeDirectives.Pace, BeforeStart: true),
        new("no-output:SECONDS", TimeDirectives.NoOutput, BeforeStart: true),
        new("sleep:SECONDS", TimeDirectives.Sleep),
        new("silence:SECONDS", TimeDirectives.Silence),
        new("tool-open:SECONDS", TimeDirectives.ToolOpen),
        new("stop-output:SECONDS", TimeDirectives.StopOutput),
        new("result-then-live:SECONDS", TimeDirectives.ResultThenLive),
        new("exit:CODE", EndingDirectives.Exit),
        new("startup-error:MESSAGE", EndingDirectives.StartupError, BeforeStart: true),
        new("error:MESSAGE", EndingDirectives.Error),
        new("rate-limit:SECONDS", EndingDirectives.RateLimit),
        new("limit:HOW:SECONDS", LimitDirectives.Limit),
        new("limit-file:PATH", LimitDirectives.LimitFile),
        new("auth-error:SECONDS", EndingDirectives.AuthError),
        new("no-result", EndingDirectives.NoResult),
        new("half-line", EndingDirectives.HalfLine),
        new("signal:NAME", ProcessDirectives.Signal),
        new("raw:LINE", OutputDirectives.Raw, BeforeStart: true),
        new("garbage", OutputDirectives.Garbage),
        new("bad-utf8", OutputDirectives.BadUtf8),
        new("huge-line:BYTES", OutputDirectives.HugeLine),
        new("flood:BYTES", OutputDirectives.Flood),
        new("stderr:BYTES", OutputDirectives.Stderr),
        new("ignore-sigint", ProcessDirectives.IgnoreInterrupt, BeforeStart: true),
        new("ignore-sigterm", ProcessDirectives.IgnoreTerminate, BeforeStart: true),
        new("grandchild:SECONDS", ProcessDirectives.Grandchild),
        new("grandchild-setsid:SECONDS", ProcessDirectives.GrandchildInOwnSession),
        new("grandchild-clean:SECONDS", ProcessDirectives.GrandchildWithoutEnvironment),
        new("fork:COUNT:SECONDS", ProcessDirectives.Fork),
        new("memory:MEGABYTES:SECONDS", ProcessDirectives.Memory),
    ];

    /// <summary>Does what the directive says.</summary>
    /// <exception cref="DirectiveException">It is unknown, or its argument is not allowed.</exception>
    public static Task PlayAsync(SimulatedRun run, Directive directive)
    {
        var kind = All.FirstOrDefault(k => k.Name == directive.Name) ?? throw new DirectiveException(
            $"directive [[{directive.Name}]] is not known. Known: {string.Join(", ", All.Select(static k => k.Form))}.");
        if (!kind.BeforeStart && !run.Verbatim)
        {
            run.Start();
        }

        return kind.Play(run, directive);
    }
}
