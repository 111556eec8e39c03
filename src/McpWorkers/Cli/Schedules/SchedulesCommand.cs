using System.CommandLine;
using McpWorkers.Cli.Tasks;
using McpWorkers.Rendering;

namespace McpWorkers.Cli.Schedules;

/// <summary><c>mcpworkers schedules …</c>: tasks that are added by the clock.</summary>
internal static class SchedulesCommand
{
    public static Command Build(CliEnvironment environment, CommonOptions common) =>
        new("schedules", "Add tasks again and again, by the clock.")
        {
            ScheduleAddCommand.Build(environment, common),
            List(environment, common),
            Control("pause", "pause", "Add nothing more by the clock; tasks that it added go on.", environment, common),
            Control("resume", "resume", "Go on with the next time; what passed meanwhile is not made up for.", environment, common),
            Control("run-now", "run_now", "Add a task at once; when it is due next stays as it is.", environment, common),
            Control("remove", "remove", "Forget a schedule; tasks that it added stay.", environment, common),
        };

    private static Command List(CliEnvironment environment, CommonOptions common)
    {
        var json = CommonOptions.Json();
        var command = new Command("list", "List the schedules, with when each is due next.") { json };
        command.SetAction((parsed, cancellationToken) => Connected.RunAsync(
            environment,
            common.EngineOf(parsed),
            async (client, cancellation) =>
            {
                var schedules = await client.Tasks.SchedulesAsync(cancellation);
                if (parsed.GetValue(json))
                {
                    await environment.Out.WriteLineAsync(schedules.ToJsonString(ResultJson.Relaxed));
                }
                else if (schedules.Count == 0)
                {
                    await environment.Error.WriteLineAsync("There are no schedules.");
                }
                else
                {
                    await environment.Out.WriteAsync(ScheduleText.Table(schedules, environment.LineWidth));
                }

                return ExitCodes.Success;
            },
            cancellationToken));
        return command;
    }

    private static Command Control(string name, string action, string description, CliEnvironment environment, CommonOptions common)
    {
        var schedule = TaskIds.One("The schedule's id or name.", "schedule");
        var json = CommonOptions.Json();
        var command = new Command(name, description) { schedule, json };
        command.SetAction((parsed, cancellationToken) => Connected.RunAsync(
            environment,
            common.EngineOf(parsed),
            async (client, cancellation) =>
            {
                var changed = await client.Tasks.ControlScheduleAsync(parsed.GetRequiredValue(schedule), action, cancellation);
                await environment.Out.WriteLineAsync(parsed.GetValue(json) ? changed.ToJsonString(ResultJson.Relaxed) : ScheduleText.Done(action, changed));
                return ExitCodes.Success;
            },
            cancellationToken));
        return command;
    }
}
