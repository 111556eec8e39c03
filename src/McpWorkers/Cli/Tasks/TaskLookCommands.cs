using System.CommandLine;
using System.Text.Json.Nodes;
using McpWorkers.Mcp.Client;
using McpWorkers.Rendering;

namespace McpWorkers.Cli.Tasks;

/// <summary><c>mcpworkers tasks list</c> and <c>show</c>.</summary>
internal static class TaskLookCommands
{
    private const int LimitUsual = 50;

    public static Command List(CliEnvironment environment, CommonOptions common)
    {
        var status = new Option<string?>("--status")
        {
            Description = "Only with this status: waiting, parked, running, completed, failed, cancelled, dead; or open for the first three.",
            HelpName = "STATUS",
        };
        status.AcceptOnlyFromAmong("open", "waiting", "parked", "running", "completed", "failed", "cancelled", "dead");
        var role = TaskOptions.Role("Only of this role.");
        var queue = new Option<string?>("--queue") { Description = "Only of this queue.", HelpName = "QUEUE" };
        var limit = new Option<int>("--limit", "-n")
        {
            Description = "At most so many, 1 to 200.",
            HelpName = "N",
            DefaultValueFactory = static _ => LimitUsual,
            CustomParser = static result => WholeNumber.Parse(result, "-n", "1 to 200", n => n is >= 1 and <= 200),
        };
        var before = new Option<string?>("--before") { Description = "The next page: next_before of the one before.", HelpName = "CURSOR" };
        var json = CommonOptions.Json();
        var command = new Command("list", "List tasks, the newest first.") { status, role, queue, limit, before, json };
        command.SetAction((parsed, cancellationToken) => Connected.RunAsync(
            environment,
            common.EngineOf(parsed),
            async (client, cancellation) =>
            {
                var question = new JsonObject { ["limit"] = parsed.GetValue(limit) };
                SpawnForm.Add(question, "status", parsed.GetValue(status));
                SpawnForm.Add(question, "role", parsed.GetValue(role));
                SpawnForm.Add(question, "queue", parsed.GetValue(queue));
                SpawnForm.Add(question, "before", parsed.GetValue(before));
                var page = await client.Tasks.ListAsync(question, cancellation);
                var tasks = page["tasks"] as JsonArray ?? [];
                if (parsed.GetValue(json))
                {
                    await environment.Out.WriteLineAsync(page.ToJsonString(ResultJson.Relaxed));
                }
                else if (tasks.Count == 0)
                {
                    await environment.Error.WriteLineAsync("There are no such tasks.");
                }
                else
                {
                    await environment.Out.WriteAsync(TaskText.Table(tasks, environment.LineWidth));
                    if (page["next_before"]?.ToString() is { } next)
                    {
                        await environment.Error.WriteLineAsync($"There are more: --before {next}");
                    }
                }

                return ExitCodes.Success;
            },
            cancellationToken));
        return command;
    }

    public static Command Show(CliEnvironment environment, CommonOptions common)
    {
        var task = TaskIds.One("The task's id or key.");
        var json = CommonOptions.Json();
        var command = new Command("show", "Show a task, its attempts, and the result of the last one.") { task, json };
        command.SetAction((parsed, cancellationToken) => Connected.RunAsync(
            environment,
            common.EngineOf(parsed),
            async (client, cancellation) =>
            {
                var shown = await client.Tasks.ShowAsync(parsed.GetRequiredValue(task), cancellation);
                await environment.Out.WriteAsync(parsed.GetValue(json)
                    ? shown.ToJsonString(ResultJson.Relaxed) + "\n"
                    : TaskText.Whole(shown, environment.OutIsTerminal && environment.Colours));
                return ExitCodes.Success;
            },
            cancellationToken));
        return command;
    }
}
