using System.CommandLine;
using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using McpWorkers.Cli.History;
using McpWorkers.Cli.Workspaces;
using McpWorkers.Rendering;

namespace McpWorkers.Cli.Tasks;

/// <summary><c>mcpworkers queue …</c> and <c>mcpworkers stop-all</c>: the whole queue at once.</summary>
internal static class QueueCommand
{
    public static Command Build(CliEnvironment environment, CommonOptions common) =>
        new("queue", "Hold the queue, let it go on, or see how it is.")
        {
            Status(environment, common),
            Control("pause", "pause", "Start no further task; those that run go on.", environment, common),
            Control("resume", "resume", "Start tasks again, also after stop-all.", environment, common),
        };

    /// <summary>The one command for the moment when money runs away.</summary>
    public static Command StopAll(CliEnvironment environment, CommonOptions common) => Control(
        "stop-all", "stop_all",
        "Stop all spending now: the queue is paused, and every run is stopped. Nothing is lost: the tasks wait, and 'mcpworkers queue resume' lets them go on.",
        environment, common);

    private static Command Status(CliEnvironment environment, CommonOptions common)
    {
        var json = CommonOptions.Json();
        var command = new Command("status", "Show how many tasks wait and run, and whether the queue is paused.") { json };
        command.SetAction((parsed, cancellationToken) => Connected.RunAsync(
            environment,
            common.EngineOf(parsed),
            async (client, cancellation) =>
            {
                await PrintAsync(environment, await client.Tasks.QueueAsync(cancellation), parsed.GetValue(json));
                return ExitCodes.Success;
            },
            cancellationToken));
        return command;
    }

    private static Command Control(string name, string action, string description, CliEnvironment environment, CommonOptions common)
    {
        var json = CommonOptions.Json();
        var command = new Command(name, description) { json };
        command.SetAction((parsed, cancellationToken) => Connected.RunAsync(
            environment,
            common.EngineOf(parsed),
            async (client, cancellation) =>
            {
                await PrintAsync(environment, await client.Tasks.ControlQueueAsync(action, cancellation), parsed.GetValue(json));
                return ExitCodes.Success;
            },
            cancellationToken));
        return command;
    }

    private static async Task PrintAsync(CliEnvironment environment, JsonObject queue, bool json) =>
        await environment.Out.WriteAsync(json ? queue.ToJsonString(ResultJson.Relaxed) + "\n" : Text(queue));

    private static string Text(JsonObject queue)
    {
        var text = new StringBuilder();
        text.Append(queue["paused"] is JsonValue paused && (bool)paused ? "The queue is paused: 'mcpworkers queue resume' lets it go on.\n" : "The queue goes on.\n");
        if (queue["tasks_handed_back"] is JsonValue back && queue["runs_cancelled"] is JsonValue cancelled)
        {
            text.Append(CultureInfo.InvariantCulture, $"Put back into the queue: {ChangesText.Counted(ChangesText.Number(back), "task")}. Other runs cancelled: {ChangesText.Number(cancelled)}.\n");
        }

        foreach (var (status, count) in queue["tasks"] as JsonObject ?? [])
        {
            text.Append(CultureInfo.InvariantCulture, $"{TerminalText.OneLine(status, 20),-10} {TerminalText.OneLine(count?.ToString() ?? "", 20)}\n");
        }

        if (queue["slots_taken"] is JsonValue taken && queue["slots_max"] is JsonValue slots)
        {
            text.Append(CultureInfo.InvariantCulture, $"slots      {ChangesText.Number(taken)} of {ChangesText.Number(slots)} taken\n");
        }

        // Of the others there is nothing to tell.
        foreach (var (name, role) in (queue["roles"] as JsonObject ?? []).Where(role => ChangesText.Number(role.Value?["running"]) + ChangesText.Number(role.Value?["ready"]) > 0))
        {
            text.Append(
                CultureInfo.InvariantCulture,
                $"role {TerminalText.OneLine(name, 60)}: {ChangesText.Number(role?["running"])} of {ChangesText.Number(role?["limit"])} run, {ChangesText.Number(role?["ready"])} more could\n");
        }

        if (HistoryText.Time(queue["next_due"]?.ToString()) is { Length: > 0 } due)
        {
            text.Append(CultureInfo.InvariantCulture, $"the next one that waits for a time: {due}\n");
        }

        return text.ToString();
    }
}
