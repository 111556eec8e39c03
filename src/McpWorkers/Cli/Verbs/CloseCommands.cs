using System.CommandLine;
using McpWorkers.Rendering;

namespace McpWorkers.Cli.Verbs;

/// <summary><c>mcpworkers workers cancel</c>, <c>close</c> and <c>close-all</c>: stop a run and keep its worker; end workers.</summary>
internal static class CloseCommands
{
    public static Command Cancel(CliEnvironment environment, CommonOptions common)
    {
        var worker = WorkerArgument();
        var force = new Option<bool>("--force") { Description = "Kill the run at once, without asking the agent to stop." };
        var json = CommonOptions.Json();
        var command = new Command("cancel", "Stop a worker's run, and the prompts that wait for it; the worker stays.") { worker, force, json };
        command.SetAction((parsed, cancellationToken) => Connected.RunAsync(
            environment,
            common.EngineOf(parsed),
            async (client, cancellation) =>
            {
                var answer = await client.CancelAsync(parsed.GetRequiredValue(worker), parsed.GetValue(force), cancellation);
                bool stopped = answer["stopped_run"]?.GetValue<bool>() == true;
                await environment.Out.WriteLineAsync(parsed.GetValue(json) ? answer.ToJsonString(ResultJson.Relaxed)
                    : stopped ? $"Stopped the run of {Shown(answer["worker_id"])}; the worker is ready for another prompt."
                    : $"Nothing ran on {Shown(answer["worker_id"])}.");
                return ExitCodes.Success;
            },
            cancellationToken,
            "It is not known whether the run has stopped: 'mcpworkers workers list' shows it."));
        return command;
    }

    public static Command Close(CliEnvironment environment, CommonOptions common)
    {
        var worker = WorkerArgument();
        var json = CommonOptions.Json();
        var command = new Command("close", "End a worker; a run that goes on is stopped. Collect its result first.") { worker, json };
        command.SetAction((parsed, cancellationToken) => Connected.RunAsync(
            environment,
            common.EngineOf(parsed),
            async (client, cancellation) =>
            {
                var answer = await client.CloseAsync(parsed.GetRequiredValue(worker), cancellation);
                string also = answer["stopped_run"]?.GetValue<bool>() == true ? "; its run was stopped" : "";
                await environment.Out.WriteLineAsync(
                    parsed.GetValue(json) ? answer.ToJsonString(ResultJson.Relaxed) : $"Closed {Shown(answer["worker_id"])}{also}.");
                return ExitCodes.Success;
            },
            cancellationToken));
        return command;
    }

    public static Command CloseAll(CliEnvironment environment, CommonOptions common)
    {
        var json = CommonOptions.Json();
        var command = new Command("close-all", "End all workers; runs that go on are stopped.") { json };
        command.SetAction((parsed, cancellationToken) => Connected.RunAsync(
            environment,
            common.EngineOf(parsed),
            async (client, cancellation) =>
            {
                var answer = await client.CloseAllAsync(cancellation);
                int count = answer["closed_count"]?.GetValue<int>() ?? 0;
                await environment.Out.WriteLineAsync(parsed.GetValue(json) ? answer.ToJsonString(ResultJson.Relaxed)
                    : count == 0 ? "There were no workers." : $"Closed {count} {(count == 1 ? "worker" : "workers")}.");
                return ExitCodes.Success;
            },
            cancellationToken));
        return command;
    }

    private static Argument<string> WorkerArgument() => WorkerIds.One("The worker's id, as 'workers list' shows it.");

    private static string Shown(object? id) => TerminalText.OneLine(id?.ToString() ?? "", 40);
}
