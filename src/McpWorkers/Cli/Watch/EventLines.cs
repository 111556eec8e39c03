using System.Globalization;
using System.Text.Json.Nodes;
using McpWorkers.Engine.Model;
using McpWorkers.Mcp.Client;
using McpWorkers.Rendering;

namespace McpWorkers.Cli.Watch;

/// <summary>
/// <c>workers monitor --json</c>: one object a line, <c>{number, time, kind, worker_id, worker_type, run_id, status, text}</c>. First each worker
/// as it is, of kind <c>state</c>; then the stored facts in the order of their numbers, none left out; <c>gap</c> where some are kept no more.
/// </summary>
/// <param name="ids">Null for all; with ids it ends when none of them is at work.</param>
internal sealed class EventLines(CliEnvironment environment, WorkerClient client, IReadOnlyList<string>? ids)
{
    private const int WaitSeconds = 5;

    public async Task<int> RunAsync(CancellationToken cancellationToken)
    {
        await client.MonitorAsync(ids, TimeSpan.FromSeconds(0.1), cancellationToken);

        // The place first: what happens between the two is told twice rather than never.
        long after = (await client.Watch.FactsAsync(null, 0, cancellationToken)).Next;
        var states = await OursAsync(cancellationToken);
        foreach (var state in states)
        {
            await WriteAsync(new()
            {
                ["number"] = after,
                ["time"] = environment.Time.GetUtcNow().ToString("O", CultureInfo.InvariantCulture),
                ["kind"] = "state",
                ["worker_id"] = state.WorkerId,
                ["worker_type"] = state.WorkerType,
                ["run_id"] = state.RunId,
                ["status"] = state.Status.ToWire(),
                ["text"] = state.Activity,
            });
        }

        while (ids is null || states.Any(state => state.IsAtWork))
        {
            after = await TellAsync(after, WaitSeconds, cancellationToken);
            states = ids is null ? states : await OursAsync(cancellationToken);
        }

        // What ended the last one is stored by now.
        await TellAsync(after, 0, cancellationToken);
        return ExitCodes.Success;
    }

    private async Task<IReadOnlyList<WorkerState>> OursAsync(CancellationToken cancellationToken) =>
        [.. (await client.StatesAsync(cancellationToken)).Where(state => ids?.Contains(state.WorkerId) != false)];

    private async Task<long> TellAsync(long after, int waitSeconds, CancellationToken cancellationToken)
    {
        var page = await client.Watch.FactsAsync(after, waitSeconds, cancellationToken);
        if (page.HasGap)
        {
            await WriteAsync(new() { ["kind"] = "gap", ["resume_after"] = after });
        }

        // Those about tasks and the queue are for `events`.
        foreach (var fact in page.Events.Where(fact => fact["worker_id"] is JsonValue id && ids?.Contains((string)id!) != false))
        {
            await WriteAsync(fact);
        }

        return page.Next;
    }

    private Task WriteAsync(JsonObject line) => environment.Out.WriteLineAsync(line.ToJsonString(ResultJson.Relaxed));
}
