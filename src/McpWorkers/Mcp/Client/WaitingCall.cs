using System.Text.Json.Nodes;
using McpWorkers.Engine.Model;
using McpWorkers.Mcp.Resources;

namespace McpWorkers.Mcp.Client;

/// <summary>
/// One call that starts runs and waits for them. When the connection is lost meanwhile, the runs go on; those that were accepted are then waited
/// for by their ids, through a new connection.
/// </summary>
/// <param name="workerIds">The workers of the call, one entry for each prompt.</param>
internal sealed class WaitingCall(RequestSender sender, IReadOnlyList<string> workerIds)
{
    private static readonly TimeSpan Look = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan LeastPause = TimeSpan.FromMilliseconds(100);

    /// <summary>The tool's answer; after a loss of the connection a list of results, one for each prompt.</summary>
    /// <exception cref="UnansweredException">The connection was lost before anybody said that the runs were accepted.</exception>
    public async Task<JsonNode> SendAsync(string tool, JsonObject arguments, CancellationToken cancellationToken)
    {
        string id = sender.NextId();
        sender.Expect(id);
        try
        {
            return await sender.CallOnceAsync(tool, arguments, id, cancellationToken);
        }
        catch (ConnectionLostException)
        {
            // What to do follows: a wait has no place in here.
        }

        var runs = await sender.AcceptedAsync(id) ?? throw new UnansweredException(
            $"The connection to the daemon was lost before it said whether it had accepted the prompts; they are not sent again. "
            + $"'mcpworkers workers list' shows what {(workerIds.Count == 1 ? workerIds[0] : "the workers")} do, 'mcpworkers workers collect' fetches results.");
        return await WaitAsync(runs, cancellationToken);
    }

    private async Task<JsonArray> WaitAsync(IReadOnlyList<AcceptedRun> runs, CancellationToken cancellationToken)
    {
        var left = runs.GroupBy(run => run.WorkerId).ToDictionary(group => group.Key, group => new Queue<AcceptedRun>(group));
        var results = new JsonArray();
        foreach (string workerId in workerIds)
        {
            results.Add(left.GetValueOrDefault(workerId)?.TryDequeue(out var run) == true
                ? await ResultOfAsync(run, cancellationToken)
                : Refused(workerId));
        }

        return results;
    }

    private async Task<JsonNode> ResultOfAsync(AcceptedRun run, CancellationToken cancellationToken)
    {
        while (true)
        {
            if (JsonNode.Parse(await TextOfAsync(run, cancellationToken)) is not JsonObject result
                || !WorkerStatusNames.TryParse(result["status"]?.ToString(), out var status))
            {
                throw new UnansweredException($"The result of {run.RunId} came in a form that this version does not know.");
            }

            if (status.IsSettled())
            {
                return result;
            }

            await Task.WhenAll(ChangeOfAsync(run.WorkerId, cancellationToken), Task.Delay(LeastPause, sender.Time, cancellationToken));
        }
    }

    private async Task<string> TextOfAsync(AcceptedRun run, CancellationToken cancellationToken)
    {
        try
        {
            return (await sender.ReadResourceAsync(ResourceAddress.RunUri(run.RunId), cancellationToken))["text"]?.ToString() ?? "null";
        }
        catch (RefusedException refused)
        {
            throw new UnansweredException($"The prompt was accepted, and its run cannot be read any more: {refused.Message}");
        }
    }

    private async Task ChangeOfAsync(string workerId, CancellationToken cancellationToken)
    {
        try
        {
            await sender.CallRepeatedlyAsync(
                "worker_monitor", new() { ["worker_ids"] = new JsonArray(workerId), ["interval"] = Look.TotalSeconds }, cancellationToken);
        }
        catch (RefusedException)
        {
            // Its worker was closed meanwhile; the run says how it ended.
        }
    }

    private static JsonObject Refused(string workerId) => new()
    {
        ["worker_id"] = workerId,
        ["status"] = WorkerStatus.Failed.ToWire(),
        ["output"] = "",
        ["error"] = "The prompt was not accepted, and the connection was lost before the reason came. 'mcpworkers workers list' shows the workers.",
        ["exit_code"] = null,
        ["duration_seconds"] = 0,
        ["has_output"] = false,
        ["metadata"] = new JsonObject { ["outcome"] = "refused" },
    };
}
