using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using McpWorkers.Engine.Model;
using McpWorkers.Engine.Workers;
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
    public async Task<JsonObject?> FindAsync(string taskId, CancellationToken cancellationToken) =>
        await manager.FindCallAsync(taskId, cancellationToken) is { } call && tools.Find(call.Kind)?.Runs is { } shape
            ? await DescribeAsync(call, shape, cancellationToken)
            : null;

    /// <summary>Stops what still goes on. False where there is no such task; a task that is over stays what it is.</summary>
    public async Task<bool> CancelAsync(string taskId, CancellationToken cancellationToken)
    {
        if (await manager.FindCallAsync(taskId, cancellationToken) is not { } call)
        {
            return false;
        }

        // The stops are not cut off with the request: they were asked for.
        await Task.WhenAll(call.Runs.Where(run => !run.IsSettled).Select(run => manager.CancelRunAsync(run.RunId, CancelReason, CancellationToken.None)))
            .WaitAsync(cancellationToken);
        return true;
    }

    private long? TtlMs => (long)manager.Settings.Retention.Age.TotalMilliseconds;

    private async Task<JsonObject> DescribeAsync(CallView call, RunShape shape, CancellationToken cancellationToken)
    {
        var settled = call.Runs.Where(run => run.IsSettled).ToList();
        bool cancelled = call.IsOver && call.Runs.Any(run => run.Status == WorkerStatus.Cancelled && run.Result.Error?.Contains(CancelReason, StringComparison.Ordinal) == true);
        var json = new JsonObject
        {
            ["taskId"] = call.CallId,
            ["status"] = !call.IsOver ? "working" : cancelled ? "cancelled" : "completed",
            ["statusMessage"] = Message(call, settled.Count, cancelled),
            ["createdAt"] = Time(call.Created),
            ["lastUpdatedAt"] = Time(settled.Select(run => run.Result.Timestamp).Append(call.Created).Max()),
            ["ttlMs"] = TtlMs,
            ["pollIntervalMs"] = PollIntervalMs,
        };
        if (call.IsOver && !cancelled)
        {
            // Waited for, though they are over: what is waited for counts as collected.
            var results = await Task.WhenAll(call.Runs.Select(run =>
                run.RunId.Length > 0 ? manager.WaitAsync(run.RunId, cancellationToken) : Task.FromResult(run.Result)));
            var result = shape.Render(results, manager.Settings.OutputInlineMax);
            json["result"] = JsonSerializer.SerializeToNode(result, McpJsonUtilities.GetTypeInfo<CallToolResult>(McpJsonUtilities.DefaultOptions));
        }

        return json;
    }

    private static string Message(CallView call, int settled, bool cancelled) => cancelled
        ? "Stopped. What its runs had said until then: worker_collect_results."
        : string.Create(CultureInfo.InvariantCulture, $"{settled}/{call.Runs.Count} runs done.");

    private static string Time(DateTimeOffset time) => time.UtcDateTime.ToString("O", CultureInfo.InvariantCulture);
}
