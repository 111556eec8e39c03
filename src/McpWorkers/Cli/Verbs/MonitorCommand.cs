using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using McpWorkers.Rendering;

namespace McpWorkers.Cli.Verbs;

/// <summary><c>mcpworkers workers monitor</c>: the status of workers, once or as it changes.</summary>
internal static class MonitorCommand
{
    public static Command Build(CliEnvironment environment, CommonOptions common)
    {
        var workers = WorkerIds.Several("The workers' ids. [default: all]");
        var follow = new Option<bool>("--follow", "-f")
        {
            Description = "Go on and print each change; with ids until none of them is at work, without until Ctrl-C.",
        };
        var interval = new Option<double>("--interval")
        {
            Description = "How long to wait for a change, in seconds, 0.1–10.",
            HelpName = "SECONDS",
            DefaultValueFactory = static _ => 1,
            CustomParser = ParseInterval,
        };
        var json = CommonOptions.Json();
        var command = new Command("monitor", "Show the status of workers; while one is at work, wait a moment for a change.") { workers, follow, interval, json };
        command.SetAction((parsed, cancellationToken) => Connected.RunAsync(
            environment,
            common.EngineOf(parsed),
            async (client, cancellation) =>
            {
                string[]? ids = parsed.GetValue(workers) is { Length: > 0 } named ? [.. named.Distinct()] : null;
                var pause = TimeSpan.FromSeconds(parsed.GetValue(interval));
                bool asJson = parsed.GetValue(json);
                if (parsed.GetValue(follow))
                {
                    return await new MonitorFollow(environment, client, ids, pause, asJson).RunAsync(cancellation);
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
