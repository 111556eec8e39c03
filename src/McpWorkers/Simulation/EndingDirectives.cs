using System.Text;

namespace McpWorkers.Simulation;

/// <summary>Directives that end the run otherwise than well.</summary>
internal static class EndingDirectives
{
    private const int AuthenticationAttempts = 10;

    /// <summary>Ends without another word. After <c>[[result]]</c> the exit code contradicts it.</summary>
    public static Task Exit(SimulatedRun run, Directive directive)
    {
        run.Exit(directive.Count("an exit code", 0, 255));
        return Task.CompletedTask;
    }

    /// <summary>As for a bad flag: nothing on standard output, the message on standard error.</summary>
    public static async Task StartupError(SimulatedRun run, Directive directive)
    {
        string message = directive.Argument.Length == 0 ? "simulated start-up error" : directive.Argument;
        await run.Around.Stderr.WriteAsync(Encoding.UTF8.GetBytes($"Error: {message}\n"), run.Interrupted);
        run.Exit(1);
    }

    public static Task Error(SimulatedRun run, Directive directive) =>
        FailAsync(run, directive.Argument.Length == 0 ? "Simulated agent: an error, as asked for." : directive.Argument, "unknown", null);

    public static Task RateLimit(SimulatedRun run, Directive directive) =>
        RejectAsync(run, run.Around.Time.GetUtcNow() + directive.Seconds(TimeSpan.FromMinutes(1), DirectiveArguments.WeekSeconds));

    /// <summary>As claude ends at the limit of its account, after two retries.</summary>
    public static async Task RejectAsync(SimulatedRun run, DateTimeOffset resetsAt)
    {
        for (int attempt = 1; attempt <= 2; attempt++)
        {
            await run.PauseAsync();
            Retry(run, attempt, 2, 500, 429, "rate_limit");
        }

        Rejected(run, resetsAt);
        await FailAsync(run, "API Error: Request rejected (429) · Simulated rate limit reached", "rate_limit", 429);
    }

    /// <param name="resetsAt">1970 for a limit of which nobody says when it ends.</param>
    public static void Rejected(SimulatedRun run, DateTimeOffset resetsAt) => run.Stream.Line(json =>
    {
        json.WriteString("type", "rate_limit_event");
        json.WriteStartObject("rate_limit_info");
        json.WriteString("status", "rejected");
        if (resetsAt > DateTimeOffset.UnixEpoch)
        {
            json.WriteNumber("resetsAt", resetsAt.ToUnixTimeSeconds());
        }

        json.WriteString("rateLimitType", "five_hour");
        json.WriteEndObject();
        run.Stream.Identity(json);
    });

    /// <summary>Goes on retrying a key that is refused, as claude does for three minutes.</summary>
    public static async Task AuthError(SimulatedRun run, Directive directive)
    {
        var time = directive.Seconds(TimeSpan.FromMinutes(3));
        for (int attempt = 1; attempt <= AuthenticationAttempts; attempt++)
        {
            Retry(run, attempt, AuthenticationAttempts, (long)(time / AuthenticationAttempts).TotalMilliseconds, 401, "authentication_failed");
            await run.WaitAsync(time / AuthenticationAttempts);
        }

        await FailAsync(run, "Invalid API key · Fix external API key (simulated)", "authentication_failed", 401);
    }

    public static async Task NoResult(SimulatedRun run, Directive directive)
    {
        await run.SayAsync(run.HasAnswer ? run.Answer : "Simulated agent: I end without a result.");
        run.Exit(0);
    }

    public static async Task HalfLine(SimulatedRun run, Directive directive)
    {
        if (!run.HasAnswer)
        {
            run.AddAnswer("Simulated agent: my result is cut off.");
        }

        await run.SayAsync(run.Answer);
        run.HalfResult();
        run.Exit(0);
    }

    private static async Task FailAsync(SimulatedRun run, string message, string error, int? status)
    {
        await run.PauseAsync();
        run.Stream.Assistant(
            run.NextId("msg"),
            null,
            json =>
            {
                json.WriteString("type", "text");
                json.WriteString("text", message);
            },
            error,
            status);
        run.Fail(message, status);
        run.Exit(1);
    }

    public static void Retry(SimulatedRun run, int attempt, int max, long delayMilliseconds, int status, string error) =>
        run.Stream.System("api_retry", json =>
        {
            json.WriteNumber("attempt", attempt);
            json.WriteNumber("max_retries", max);
            json.WriteNumber("retry_delay_ms", delayMilliseconds);
            json.WriteNumber("error_status", status);
            json.WriteString("error", error);
        });
}
