using System.CommandLine;
using System.Text.Json.Nodes;
using McpWorkers.Mcp.Client;
using McpWorkers.Rendering;

namespace McpWorkers.Cli.Tasks;

/// <summary><c>mcpworkers tasks cancel</c> and <c>retry</c>.</summary>
internal static class TaskChangeCommands
{
    public static Command Cancel(CliEnvironment environment, CommonOptions common) => Build(
        "cancel", "Cancel tasks; what one of them runs is stopped, tree and all.", environment, common, (client, ids, cancellation) => client.CancelAsync(ids, cancellation),
        static task => task["status"]?.ToString() is not "cancelled" and { } status ? $"Task '{task["task_id"]}' was over already: {status}. It stays as it is." : null);

    public static Command Retry(CliEnvironment environment, CommonOptions common) => Build(
        "retry", "Let tasks that failed, died or were cancelled wait again; what they had tried stays in their record.", environment, common,
        (client, ids, cancellation) => client.RetryAsync(ids, cancellation), static _ => null);

    /// <param name="remark">What is to be said of a task that was not changed as one would think; null for nothing.</param>
    private static Command Build(
        string name, string description, CliEnvironment environment, CommonOptions common, Func<TaskClient, string[], CancellationToken, Task<JsonArray>> change,
        Func<JsonNode, string?> remark)
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
                foreach (string line in changed.Select(task => remark(task!)).OfType<string>())
                {
                    await environment.Error.WriteLineAsync(line);
                }

                return ExitCodes.Success;
            },
            cancellationToken));
        return command;
    }
}
