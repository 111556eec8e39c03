using System.CommandLine;
using System.Text.Json.Nodes;
using McpWorkers.Cli.Daemon;
using McpWorkers.Daemon;
using McpWorkers.Engine.Model;
using McpWorkers.Rendering;

namespace McpWorkers.Cli.History;

/// <summary><c>mcpworkers events</c>: what happened to the workers, and what happens.</summary>
internal static class EventsCommand
{
    private const int WaitSeconds = 20;
    private const int PageMax = 1000;

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    /// <summary>A daemon that is replaced or was killed is back soon, or is started by the next question.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    public static Command Build(CliEnvironment environment, CommonOptions common)
    {
        var which = new HistoryOptions();
        var follow = new Option<bool>("--follow", "-f") { Description = "Go on with what happens, until Ctrl-C." };
        var json = new Option<bool>("--json") { Description = "Print JSON, one event a line." };
        var command = new Command("events", "Print what happened to the workers: spawned, queued, started, settled, closed; the last ones, oldest first.")
        {
            which.Status, which.Type, which.Worker, which.Since, which.Until, which.Limit, follow, json,
        };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var request = common.EngineOf(parsed);
            var question = which.Of(parsed);
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

    private static string Line(JsonObject happened) => TerminalText.OneLine(
        $"{HistoryText.Time((string?)happened["time"]),-20}  {happened["kind"],-8}  {happened["status"],-9}  {happened["worker_id"]}"
        + $"  {(string?)happened["worker_type"] ?? "-"}  {(string?)happened["run_id"] ?? ""}"
        + ((string?)happened["kind"] == "closed" ? $"  {happened["text"]}" : ""),
        1000);
}
