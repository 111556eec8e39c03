using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using McpWorkers.Engine.Model;
using McpWorkers.Engine.Workers;
using McpWorkers.Mcp.Requests;
using ModelContextProtocol;
using ModelContextProtocol.Protocol;

namespace McpWorkers.Mcp.Tasks;

/// <summary>
/// Tasks of one caller: views of calls that the engine keeps. Nothing is remembered here, so a task is the same before and after the host
/// ended, and whichever connection asks for it.
/// </summary>
internal sealed class WorkerTasks(WorkerManager manager, ToolCatalog tools)
{
    public const string Notification = "notifications/tasks";

    /// <summary>Recognised again in the results of the runs: a run that somebody stopped otherwise is a result, not a cancelled task.</summary>
    private const string CancelReason = "tasks/cancel asked for it";

    // Long enough to cost nothing, short enough that nobody waits for an answer that is there.
    private const int PollIntervalMs = 2000;

    /// <summary>Stores the call, and returns the answer that stands for it.</summary>
    public async Task<CreatedTask> CreateAsync(string tool, IReadOnlyList<BatchItem> items)
    {
        var call = await manager.SaveCallAsync(tool, items);
        string created = Time(call.Created);
        return new()
        {
            ResultType = "task",
            TaskId = call.CallId,
            Status = "working",
            CreatedAt = created,
            LastUpdatedAt = created,
            TtlMs = TtlMs,
            PollIntervalMs = PollIntervalMs,
        };
    }

    /// <summary>The task as <c>tasks/get</c> and the notifications show it; null where there is none of that id.</summary>
    /// <param name="asks">Whether the client shows forms to its user: then it is asked what its runs ask.</param>
    public async Task<JsonObject?> FindAsync(string taskId, bool asks, CancellationToken cancellationToken) =>
        await FollowedAsync(taskId, cancellationToken) is { } call && tools.Find(call.Kind)?.Runs is { } shape
            ? await DescribeAsync(call, shape, asks && MayAnswer, cancellationToken)
            : null;

    /// <summary>Takes what the client's user said to what the task asked. False where there is no such task; what it did not ask counts for nothing.</summary>
    /// <exception cref="McpProtocolException">Some of it could not be taken, and is asked again.</exception>
    public async Task<bool> UpdateAsync(string taskId, IReadOnlyDictionary<string, InputResponse> responses, CancellationToken cancellationToken)
    {
        if (await FollowedAsync(taskId, cancellationToken) is not { } call)
        {
            return false;
        }

        var notTaken = new List<FormOutcome>();
        foreach (var request in MayAnswer ? PendingOf(call) : [])
        {
            if (!responses.TryGetValue(request.RequestId, out var response))
            {
                continue;
            }

            var outcome = await FormAnswers.TakeAsync(manager, request.RequestId, FormAnswers.Read(response), cancellationToken);
            if (outcome.IsLeft)
            {
                tools.Left.Add(taskId, request.RequestId, manager.Requests.Pending);
            }
            else if (outcome.NotTaken is not null)
            {
                notTaken.Add(outcome);
            }
        }

        // Not before each of the others had its answer.
        return notTaken.Count == 0 ? true : throw new McpProtocolException(
            "tasks/update: " + string.Join(' ', notTaken.Select(each => each.NotTaken!.Message)) + " What it was said to stays pending, and tasks/get asks it again.",
            notTaken.TrueForAll(each => each.IsWrong) ? McpErrorCode.InvalidParams : McpErrorCode.InternalError);
    }

    /// <summary>Stops what still goes on. False where there is no such task; a task that is over stays what it is.</summary>
    public async Task<bool> CancelAsync(string taskId, CancellationToken cancellationToken)
    {
        if (await FollowedAsync(taskId, cancellationToken) is not { } call)
        {
            return false;
        }

        // The stops are not cut off with the request: they were asked for.
        await Task.WhenAll(call.Runs.Where(run => !run.IsSettled).Select(run => manager.CancelRunAsync(run.RunId, CancelReason, CancellationToken.None)))
            .WaitAsync(cancellationToken);
        return true;
    }

    private long? TtlMs => (long)manager.Settings.Retention.Age.TotalMilliseconds;

    // Nobody approves for himself: an agent inside a run is asked nothing.
    private bool MayAnswer => manager.Caller.ParentRun is null;

    /// <summary>With the runs that go on in the place of those that ended while they waited for an answer.</summary>
    private async Task<CallView?> FollowedAsync(string taskId, CancellationToken cancellationToken)
    {
        if (await manager.FindCallAsync(taskId, cancellationToken) is not { } call)
        {
            return null;
        }

        var runs = new List<RunView>(call.Runs.Count);
        foreach (var run in call.Runs)
        {
            runs.Add(await Continuations.LastAsync(manager, run, cancellationToken));
        }

        return call with { Runs = runs };
    }

    private List<WorkerRequest> PendingOf(CallView call)
    {
        var runs = call.Runs.Where(run => !run.IsSettled).Select(run => run.RunId).ToHashSet();
        return [.. manager.Requests.Pending.Where(request => request.RunId is { } run && runs.Contains(run))];
    }

    private async Task<JsonObject> DescribeAsync(CallView call, RunShape shape, bool asks, CancellationToken cancellationToken)
    {
        var waiting = MayAnswer ? PendingOf(call) : [];
        var asked = asks ? waiting.Where(request => ClientForm.CanShow(request) && !tools.Left.Has(call.CallId, request.RequestId)).ToList() : [];
        var settled = call.Runs.Where(run => run.IsSettled).ToList();
        bool cancelled = call.IsOver && call.Runs.Any(run => run.Status == WorkerStatus.Cancelled && run.Result.Error?.Contains(CancelReason, StringComparison.Ordinal) == true);
        var json = new JsonObject
        {
            ["taskId"] = call.CallId,
            ["status"] = asked.Count > 0 ? "input_required" : !call.IsOver ? "working" : cancelled ? "cancelled" : "completed",
            ["statusMessage"] = Message(call, settled.Count, cancelled, waiting),
            ["createdAt"] = Time(call.Created),
            ["lastUpdatedAt"] = Time(settled.Select(run => run.Result.Timestamp).Concat(waiting.Select(request => request.Created)).Append(call.Created).Max()),
            ["ttlMs"] = TtlMs,
            ["pollIntervalMs"] = PollIntervalMs,
        };
        if (asked.Count > 0)
        {
            json["inputRequests"] = new JsonObject(asked.Select(request => KeyValuePair.Create(
                request.RequestId,
                JsonSerializer.SerializeToNode(
                    InputRequest.ForElicitation(ClientForm.Of(request)), McpJsonUtilities.GetTypeInfo<InputRequest>(McpJsonUtilities.DefaultOptions)))));
        }
        else if (call.IsOver && !cancelled)
        {
            // Waited for, though they are over: what is waited for counts as collected.
            var results = await Task.WhenAll(call.Runs.Select(run =>
                run.RunId.Length > 0 ? manager.WaitAsync(run.RunId, cancellationToken) : Task.FromResult(run.Result)));
            var result = shape.Render(results, manager.Settings.OutputInlineMax);
            json["result"] = JsonSerializer.SerializeToNode(result, McpJsonUtilities.GetTypeInfo<CallToolResult>(McpJsonUtilities.DefaultOptions));
        }

        return json;
    }

    private static string Message(CallView call, int settled, bool cancelled, List<WorkerRequest> waiting) => cancelled
        ? "Stopped. What its runs had said until then: worker_collect_results."
        : string.Create(CultureInfo.InvariantCulture, $"{settled}/{call.Runs.Count} runs done.")
            + (waiting.Count > 0 ? $" Waits for an answer to {string.Join(", ", waiting.Select(request => request.RequestId))}." : "");

    private static string Time(DateTimeOffset time) => time.UtcDateTime.ToString("O", CultureInfo.InvariantCulture);
}
