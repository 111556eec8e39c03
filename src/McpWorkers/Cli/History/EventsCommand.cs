using System.CommandLine;
using System.Text.Json.Nodes;
using McpWorkers.Cli.Daemon;
using McpWorkers.Daemon;
using McpWorkers.Engine.Model;
using McpWorkers.Mcp.History;
using McpWorkers.Rendering;

namespace McpWorkers.Cli.History;

/// <summary><c>mcpworkers events</c>: what happened to the workers, the tasks and the queue, and what happens.</summary>
internal static class EventsCommand
{
    private const int WaitSeconds = 20;
    private const int PageMax = 1000;

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    /// <summary>A daemon that is replaced or was killed is back soon, or is started by the next question.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    public static Command Build(CliEnvironment environment, CommonOptions common)
    {
        var which = new HistoryOptions(HistoryQuestion.FactStatuses);
        var task = new Option<string?>("--task") { Description = "Only of this task, by its id or key.", HelpName = "ID" };
        var follow = new Option<bool>("--follow", "-f") { Description = "Go on with what happens, until Ctrl-C." };
        var json = new Option<bool>("--json") { Description = "Print JSON, one event a line." };
        var command = new Command("events", "Print what happened to workers, tasks and the queue; the last ones, oldest first.")
        {
            which.Status, which.Type, which.Worker, task, which.Since, which.Until, which.Limit, follow, json,
        };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var request = common.EngineOf(parsed);
            var question = which.Of(parsed);
            question["task_id"] = parsed.GetValue(task);
            var answer = await DaemonQuestion.AskAsync(environment, request, HistoryMethods.Facts, (JsonObject)question.DeepClone(), Limit, cancellationToken);
            await PrintAsync(environment, answer, parsed.GetValue(json));
            if (parsed.GetValue(follow))
            {
                using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
                using var interrupts = environment.OnInterrupt(ending.Cancel);
                await FollowAsync(environment, request, question, (long)answer["last"]!, parsed.GetValue(json), ending.Token);
            }

            return ExitCodes.Success;
        });
        return command;
    }

    private static async Task FollowAsync(
        CliEnvironment environment, EngineRequest request, JsonObject question, long after, bool asJson, CancellationToken ending)
    {
        question["wait_seconds"] = WaitSeconds;
        question["limit"] = PageMax;
        bool isAway = false;
        while (!ending.IsCancellationRequested)
        {
            question["after"] = after;
            try
            {
                var answer = await DaemonQuestion.AskAsync(environment, request, HistoryMethods.Facts, (JsonObject)question.DeepClone(), Limit, ending);
                isAway = false;
                if ((bool)answer["gap"]!)
                {
                    Connected.Say(environment, $"Some events after number {after} are kept no more.");
                }

                await PrintAsync(environment, answer, asJson);
                after = (long)answer["last"]!;
            }
            catch (OperationCanceledException) when (ending.IsCancellationRequested)
            {
                return;
            }
            catch (RefusedException refused) when (refused.Code is RefusalCode.Unsupported or RefusalCode.ShuttingDown)
            {
                if (!isAway)
                {
                    Connected.Say(environment, refused.Message);
                }

                isAway = true;
                await Task.Delay(Pause, environment.Time, ending).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private static async Task PrintAsync(CliEnvironment environment, JsonObject answer, bool asJson)
    {
        foreach (var happened in answer["events"]!.AsArray())
        {
            await environment.Out.WriteLineAsync(asJson ? happened!.ToJsonString(ResultJson.Relaxed) : Line(happened!.AsObject()));
        }

        await environment.Out.FlushAsync();
    }

    /// <summary>An event for a person.</summary>
    internal static string Line(JsonObject happened)
    {
        string line = $"{HistoryText.Time((string?)happened["time"]),-20}  {happened["kind"],-16}  {(string?)happened["status"] ?? "-",-9}  ";
        string text = (string?)happened["text"] ?? "";
        return TerminalText.OneLine(
            line + (happened["worker_id"] is { } worker
                ? $"{worker}  {(string?)happened["worker_type"] ?? "-"}  {(string?)happened["run_id"] ?? ""}" + ((string?)happened["kind"] == "closed" ? $"  {text}" : "")
                : string.Join("  ", new[] { (string?)happened["task_id"], (string?)happened["run_id"], text }.Where(part => !string.IsNullOrEmpty(part)))),
            1000);
    }
}
