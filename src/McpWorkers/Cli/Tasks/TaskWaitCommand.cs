using System.CommandLine;
using System.Text.Json.Nodes;
using McpWorkers.Mcp.Client;
using McpWorkers.Rendering;

namespace McpWorkers.Cli.Tasks;

/// <summary><c>mcpworkers tasks wait</c>: until tasks are over, however often the daemon goes and comes meanwhile.</summary>
internal static class TaskWaitCommand
{
    private static readonly TimeSpan Look = TimeSpan.FromSeconds(30);

    public static Command Build(CliEnvironment environment, CommonOptions common)
    {
        var tasks = TaskIds.AtLeastOne("The tasks' ids or keys.");
        var timeout = new Option<int>("--timeout", "-T")
        {
            Description = "Wait so many seconds at most, 1 to 604800; 0 for as long as it takes.",
            HelpName = "SECONDS",
            DefaultValueFactory = static _ => 0,
            CustomParser = static result => WholeNumber.Parse(result, "-T", "0 to 604800 seconds", seconds => seconds is >= 0 and <= 604_800),
        };
        var json = CommonOptions.Json();
        var command = new Command("wait", "Wait until tasks are over, and print what became of them.") { tasks, timeout, json };
        command.SetAction((parsed, cancellationToken) => Connected.RunAsync(
            environment,
            common.EngineOf(parsed),
            async (client, cancellation) =>
            {
                string[] ids = [.. parsed.GetRequiredValue(tasks).Distinct()];
                var (isOver, shown) = await UntilOverAsync(client.Tasks, ids, TimeSpan.FromSeconds(parsed.GetValue(timeout)), environment.Time, cancellation);
                await environment.Out.WriteLineAsync(!parsed.GetValue(json) ? string.Join('\n', shown.Select(TaskText.Line))
                    : ids.Length == 1 ? shown[0].ToJsonString(ResultJson.Relaxed)
                    : new JsonArray([.. shown.Select(task => task.DeepClone())]).ToJsonString(ResultJson.Relaxed));
                return ExitCodeOf(isOver, shown.Select(task => task["status"]?.ToString()));
            },
            cancellationToken,
            "The tasks go on by themselves; wait again, or look with 'mcpworkers tasks list'."));
        return command;
    }

    /// <summary>A task that did not complete wins over one that goes on: more time would not mend it.</summary>
    internal static int ExitCodeOf(bool isOver, IEnumerable<string?> statuses) =>
        statuses.Any(status => status is "failed" or "cancelled" or "dead") ? ExitCodes.RunFailed
        : isOver ? ExitCodes.Success
        : ExitCodes.Timeout;

    private static async Task<(bool IsOver, IReadOnlyList<JsonObject> Tasks)> UntilOverAsync(
        TaskClient client, string[] ids, TimeSpan limit, TimeProvider time, CancellationToken cancellation)
    {
        long began = time.GetTimestamp();
        while (true)
        {
            var left = limit == TimeSpan.Zero ? Look : limit - time.GetElapsedTime(began);
            var wait = left < TimeSpan.Zero ? TimeSpan.Zero : left < Look ? left : Look;
            var (isOver, tasks) = await client.WaitAsync(ids, wait.TotalSeconds, cancellation);
            if (isOver || (limit > TimeSpan.Zero && time.GetElapsedTime(began) >= limit))
            {
                return (isOver, tasks);
            }
        }
    }
}
