using System.CommandLine;
using System.Text.Json.Nodes;
using McpWorkers.Mcp.Client;
using McpWorkers.Rendering;

namespace McpWorkers.Cli.Tasks;

/// <summary><c>mcpworkers tasks cancel</c> and <c>retry</c>.</summary>
internal static class TaskChangeCommands
{
    public static Command Cancel(CliEnvironment environment, CommonOptions common) => Build(
        "cancel", "Cancel tasks; what one of them runs is stopped, tree and all.", environment, common, (client, ids, cancellation) => client.CancelAsync(ids, cancellation));

    public static Command Retry(CliEnvironment environment, CommonOptions common) => Build(
        "retry", "Let tasks that failed, died or were cancelled wait again; what they had tried stays in their record.", environment, common,
        (client, ids, cancellation) => client.RetryAsync(ids, cancellation));

    private static Command Build(
        string name, string description, CliEnvironment environment, CommonOptions common, Func<TaskClient, string[], CancellationToken, Task<JsonArray>> change)
    {
        var tasks = TaskIds.AtLeastOne("The tasks' ids or keys.");
        var json = CommonOptions.Json();
        var command = new Command(name, description) { tasks, json };
        command.SetAction((parsed, cancellationToken) => Connected.RunAsync(
            environment,
            common.EngineOf(parsed),
            async (client, cancellation) =>
            {
                var changed = await change(client.Tasks, [.. parsed.GetRequiredValue(tasks).Distinct()], cancellation);
                await environment.Out.WriteLineAsync(parsed.GetValue(json)
                    ? changed.ToJsonString(ResultJson.Relaxed)
                    : string.Join('\n', changed.Select(task => TaskText.Line(task!))));
                return ExitCodes.Success;
            },
            cancellationToken));
        return command;
    }
}
