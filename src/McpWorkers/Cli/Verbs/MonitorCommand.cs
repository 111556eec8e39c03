using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using McpWorkers.Cli.Watch;
using McpWorkers.Rendering;

namespace McpWorkers.Cli.Verbs;

/// <summary><c>mcpworkers workers monitor</c>: workers as they change: a live table, lines, or events as JSON.</summary>
internal static class MonitorCommand
{
    public static Command Build(CliEnvironment environment, CommonOptions common)
    {
        var workers = WorkerIds.Several("The workers' ids. [default: all]");
        var follow = new Option<bool>("--follow", "-f")
        {
            Description = "Where there is no terminal: go on and print each change, a line each; with ids until none of them is at work, without until Ctrl-C.",
        };
        var once = new Option<bool>("--once") { Description = "Print the status of each worker and end; with --json {id: status}." };
        var interval = new Option<double>("--interval")
        {
            Description = "Between two looks, in seconds, 0.1–10.",
            HelpName = "SECONDS",
            DefaultValueFactory = static _ => 1,
            CustomParser = ParseInterval,
        };
        var json = new Option<bool>("--json")
        {
            Description = "Stream events, one JSON object a line: first each worker as it is; with ids until none of them is at work, without until Ctrl-C.",
        };
        var command = new Command("monitor", "Watch workers: a live table on a terminal (keys: up, down, enter, c, w, q), lines elsewhere, or events as JSON.")
        {
            workers, follow, once, interval, json,
        };
        command.SetAction((parsed, cancellationToken) => Connected.RunAsync(
            environment,
            common.EngineOf(parsed),
            async (client, cancellation) =>
            {
                string[]? ids = parsed.GetValue(workers) is { Length: > 0 } named ? [.. named.Distinct()] : null;
                var pause = TimeSpan.FromSeconds(parsed.GetValue(interval));
                bool asJson = parsed.GetValue(json);
                if (!parsed.GetValue(once))
                {
                    if (asJson)
                    {
                        return await new EventLines(environment, client, ids).RunAsync(cancellation);
                    }

                    if (environment.CanTakeScreen)
                    {
                        return await new LiveMonitor(environment, client, ids, pause).RunAsync(cancellation);
                    }

                    if (parsed.GetValue(follow))
                    {
                        return await new MonitorFollow(environment, client, ids, pause).RunAsync(cancellation);
                    }
                }

                var statuses = await client.MonitorAsync(ids, pause, cancellation);
                if (asJson)
                {
                    await environment.Out.WriteLineAsync(statuses.ToJsonString(ResultJson.Relaxed));
                }
                else if (statuses.Count == 0)
                {
                    await environment.Error.WriteLineAsync("There are no workers.");
                }

                foreach (var (id, status) in asJson ? [] : statuses)
                {
                    await environment.Out.WriteLineAsync($"{TerminalText.OneLine(id, 40)} {status}");
                }

                return ExitCodes.Success;
            },
            cancellationToken));
        return command;
    }

    private static double ParseInterval(ArgumentResult result)
    {
        string text = result.Tokens[0].Value;
        if (double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double seconds) && seconds is >= 0.1 and <= 10)
        {
            return seconds;
        }

        result.AddError($"--interval {text}: allowed is a number of seconds, 0.1 to 10.");
        return 0;
    }
}
