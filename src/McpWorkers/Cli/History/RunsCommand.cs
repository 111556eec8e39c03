using System.CommandLine;
using System.Text.Json.Nodes;
using McpWorkers.Cli.Daemon;
using McpWorkers.Daemon;
using McpWorkers.Rendering;

namespace McpWorkers.Cli.History;

/// <summary><c>mcpworkers runs …</c>: the runs that there were, and sums over them.</summary>
internal static class RunsCommand
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    public static Command Build(CliEnvironment environment, CommonOptions common) =>
        new("runs", "The runs that there were, those of closed workers too, and what they cost; as far as they are kept (setting retention.days).")
        {
            List(environment, common),
            Show(environment, common),
            Totals(environment, common),
        };

    private static Command List(CliEnvironment environment, CommonOptions common)
    {
        var which = new HistoryOptions();
        var before = new Option<string?>("--before") { Description = "The next page: next_before of the one before.", HelpName = "CURSOR" };
        var json = CommonOptions.Json();
        var command = new Command("list", "List runs, the one accepted last first.")
        {
            which.Status, which.Type, which.Worker, which.Since, which.Until, which.Limit, before, json,
        };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var question = which.Of(parsed);
            question["before"] = parsed.GetValue(before);
            var answer = await AskAsync(environment, common.EngineOf(parsed), HistoryMethods.Runs, question, cancellationToken);
            var runs = answer["runs"]!.AsArray();
            if (parsed.GetValue(json))
            {
                await environment.Out.WriteLineAsync(answer.ToJsonString(ResultJson.Relaxed));
            }
            else if (runs.Count == 0)
            {
                await environment.Error.WriteLineAsync("There are no such runs.");
            }
            else
            {
                await environment.Out.WriteAsync(HistoryText.Runs(runs, environment.LineWidth));
                if ((string?)answer["next_before"] is { } next)
                {
                    await environment.Error.WriteLineAsync($"There are more: --before {next}");
                }
            }

            return ExitCodes.Success;
        });
        return command;
    }

    private static Command Show(CliEnvironment environment, CommonOptions common)
    {
        var run = new Argument<string>("RUN") { Description = "Its id." };
        var json = CommonOptions.Json();
        var command = new Command("show", "Say what is known of a run. Its output: mcpworkers workers logs RUN.") { run, json };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var answer = await AskAsync(
                environment, common.EngineOf(parsed), HistoryMethods.Run, new() { ["run_id"] = parsed.GetValue(run) }, cancellationToken);
            await (parsed.GetValue(json)
                ? environment.Out.WriteLineAsync(answer.ToJsonString(ResultJson.RelaxedIndented))
                : environment.Out.WriteAsync(HistoryText.Run(answer)));
            return ExitCodes.Success;
        });
        return command;
    }

    private static Command Totals(CliEnvironment environment, CommonOptions common)
    {
        var by = new Option<string>("--by") { Description = "A row for each status, type or day (UTC).", HelpName = "status|type|day", DefaultValueFactory = _ => "status" };
        by.AcceptOnlyFromAmong("status", "type", "day");
        var since = HistoryOptions.Time("--since", "Accepted then or later");
        var until = HistoryOptions.Time("--until", "Accepted before then");
        var json = CommonOptions.Json();
        var command = new Command("totals", "Sum up runs, tokens, cost and time.") { by, since, until, json };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var answer = await AskAsync(
                environment,
                common.EngineOf(parsed),
                HistoryMethods.Totals,
                new() { ["by"] = parsed.GetValue(by), ["since"] = parsed.GetValue(since), ["until"] = parsed.GetValue(until) },
                cancellationToken);
            await (parsed.GetValue(json)
                ? environment.Out.WriteLineAsync(answer.ToJsonString(ResultJson.Relaxed))
                : environment.Out.WriteAsync(HistoryText.Totals(answer)));
            return ExitCodes.Success;
        });
        return command;
    }

    private static Task<JsonObject> AskAsync(
        CliEnvironment environment, EngineRequest request, string method, JsonObject parameters, CancellationToken cancellationToken) =>
        DaemonQuestion.AskAsync(environment, request, method, parameters, Limit, cancellationToken);
}
