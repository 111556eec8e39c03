using System.CommandLine;
using System.Text.Json.Nodes;
using McpWorkers.Cli.Tasks;
using McpWorkers.Engine.Model;
using McpWorkers.Mcp.Client;
using McpWorkers.Rendering;

namespace McpWorkers.Cli.Schedules;

/// <summary><c>mcpworkers schedules add</c>.</summary>
internal static class ScheduleAddCommand
{
    public static Command Build(CliEnvironment environment, CommonOptions common)
    {
        var cron = new Option<string>("--cron")
        {
            Description = "When: minute, hour, day of the month, month, day of the week, as in a crontab.",
            HelpName = "\"M H D M W\"",
            Required = true,
        };
        var name = new Option<string?>("--name") { Description = "Your name for it. [default: its id]", HelpName = "NAME" };
        var zone = new Option<string?>("--time-zone") { Description = "Whose hours: such as Europe/Vienna. [default: this machine's]", HelpName = "ZONE" };
        var overlap = new Option<string?>("--overlap")
        {
            Description = "While its last task is not over: skip this time, allow both, or replace the last one. [default: skip]",
            HelpName = string.Join('|', SchedulePolicyNames.Overlaps),
        };
        overlap.AcceptOnlyFromAmong([.. SchedulePolicyNames.Overlaps]);
        var missed = new Option<string?>("--missed")
        {
            Description = "For the times that passed while the daemon was down: one task once, or skip them. [default: once]",
            HelpName = string.Join('|', SchedulePolicyNames.Misses),
        };
        missed.AcceptOnlyFromAmong([.. SchedulePolicyNames.Misses]);
        var json = CommonOptions.Json();
        var task = new TaskOptions(environment, common);
        var command = new Command("add", "Make a schedule; prints its id, and says when it is due first.") { cron, name, zone, overlap, missed };
        task.AddTo(command);
        command.Add(json);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var schedule = new JsonObject { ["cron"] = parsed.GetRequiredValue(cron), ["task"] = await task.TaskOfAsync(parsed, cancellationToken) };
            SpawnForm.Add(schedule, "name", parsed.GetValue(name));
            SpawnForm.Add(schedule, "time_zone", parsed.GetValue(zone));
            SpawnForm.Add(schedule, "overlap", parsed.GetValue(overlap));
            SpawnForm.Add(schedule, "missed", parsed.GetValue(missed));
            return await Connected.RunAsync(
                environment,
                common.EngineOf(parsed),
                async (client, cancellation) =>
                {
                    var added = await client.Tasks.AddScheduleAsync(schedule, cancellation);
                    await environment.Out.WriteLineAsync(parsed.GetValue(json) ? added.ToJsonString(ResultJson.Relaxed) : ScheduleText.Id(added));
                    await environment.Error.WriteLineAsync(ScheduleText.Due(added));
                    foreach (var warning in added["warnings"] as JsonArray ?? [])
                    {
                        Connected.Say(environment, $"warning: {warning}");
                    }

                    return ExitCodes.Success;
                },
                cancellationToken);
        });
        return command;
    }
}
