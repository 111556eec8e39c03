using System.Globalization;
using System.Text;

namespace McpWorkers.Simulation;

/// <summary>Directives of a service that gives no more for a while, in the ways in which agents say so.</summary>
internal static class LimitDirectives
{
    private static readonly TimeSpan RetryPause = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan RetryMax = TimeSpan.FromHours(1);

    public static Task Limit(SimulatedRun run, Directive directive) => ActAsync(run, directive.Name, directive.Argument, run.Around.Time.GetUtcNow());

    /// <summary>The same for as long as the file stands there, or until the limit that it tells of has ended, counted from its last change.</summary>
    public static async Task LimitFile(SimulatedRun run, Directive directive)
    {
        string path = Path.GetFullPath(directive.Argument, run.Around.Directory);
        string how;
        DateTimeOffset since;
        try
        {
            how = (await File.ReadAllTextAsync(path, run.Interrupted)).Trim();
            since = File.GetLastWriteTimeUtc(path);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new DirectiveException($"[[{directive.Name}]]: '{path}' cannot be read: {e.Message}");
        }

        await ActAsync(run, directive.Name, how, since);
    }

    private static async Task ActAsync(SimulatedRun run, string name, string text, DateTimeOffset since)
    {
        string[] parts = text.Split(':', 2);
        var left = parts.Length > 1 ? new Directive(name, parts[1]).Seconds(secondsMax: DirectiveArguments.WeekSeconds) : (TimeSpan?)null;
        var resets = since + left;
        if (resets <= run.Around.Time.GetUtcNow())
        {
            return;
        }

        await (parts[0] switch
        {
            "event" => EndingDirectives.RejectAsync(run, resets ?? DateTimeOffset.UnixEpoch),
            "mid-line" => MidLineAsync(run, resets),
            "retry" => RetryAsync(run),
            "stderr" => StderrAsync(run, resets),
            _ => throw new DirectiveException($"[[{name}]]: '{parts[0]}' is none of event, mid-line, retry, stderr."),
        });
    }

    /// <summary>The event stands behind other text, so that it is no line of its own, and nothing follows.</summary>
    private static async Task MidLineAsync(SimulatedRun run, DateTimeOffset? resets)
    {
        await run.PauseAsync();
        run.Stream.Bytes("a warning that has no line feed "u8);
        EndingDirectives.Rejected(run, resets ?? DateTimeOffset.UnixEpoch);
        run.Exit(1);
    }

    /// <summary>Tries again, as if for ever, and says nothing of when that would help.</summary>
    private static async Task RetryAsync(SimulatedRun run)
    {
        for (int attempt = 1; attempt * RetryPause < RetryMax; attempt++)
        {
            EndingDirectives.Retry(run, attempt, int.MaxValue, (long)RetryPause.TotalMilliseconds, 429, "rate_limit");
            await run.WaitAsync(RetryPause);
        }

        run.Exit(1);
    }

    /// <summary>The same, and only standard error tells.</summary>
    private static async Task StderrAsync(SimulatedRun run, DateTimeOffset? resets)
    {
        for (int attempt = 1; attempt * RetryPause < RetryMax; attempt++)
        {
            string when = resets is { } at
                ? string.Create(CultureInfo.InvariantCulture, $"; resets in {Math.Max(1, Math.Ceiling((at - run.Around.Time.GetUtcNow()).TotalSeconds))} seconds")
                : "";
            await run.Around.Stderr.WriteAsync(Encoding.UTF8.GetBytes($"attempt {attempt}: rate limit exceeded{when}\n"), run.Interrupted);
            await run.Around.Stderr.FlushAsync(run.Interrupted);
            await run.WaitAsync(RetryPause);
        }

        run.Exit(1);
    }
}
