using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using McpWorkers.Engine.Model;
using McpWorkers.Engine.Workers;
using McpWorkers.Mcp.Resources;

namespace McpWorkers.Mcp.Client;

/// <summary>
/// Calls the workers' tools, as any MCP client does, and gives their own JSON back; outputs are whole. When the connection is lost, what only
/// reads is asked again; what changes something is never sent twice; and what was accepted is waited for through a new connection.
/// Refusals come as <see cref="RefusedException"/> with the tool's message.
/// </summary>
/// <param name="door">Opens a connection that speaks MCP; it starts the host where none runs.</param>
internal sealed class WorkerClient(Func<CancellationToken, Task<Stream>> door, TimeProvider time) : IAsyncDisposable
{
    private readonly RequestSender _sender = new(door, time);

    /// <summary>Told, in a line for a person, when the connection is lost and when it is there again.</summary>
    public Action<string> Tell
    {
        set => _sender.Tell = value;
    }

    /// <summary>The same connection, for workspaces and the trash.</summary>
    public WorkspaceClient Workspaces => new(_sender);

    /// <summary>The same connection, for the queue and the schedules.</summary>
    public TaskClient Tasks => new(_sender);

    /// <summary>The same connection, for what workers ask.</summary>
    public RequestClient Requests => new(_sender);

    /// <summary>The same connection, for whoever looks on.</summary>
    public WatchClient Watch => new(_sender);

    /// <summary>Opens the connection now rather than at the first call.</summary>
    /// <exception cref="UnansweredException">The host cannot be reached.</exception>
    public Task ConnectAsync(CancellationToken cancellationToken) => _sender.ConnectAsync(cancellationToken);

    public async Task<IReadOnlyList<string>> SpawnAsync(SpawnRequest request, CancellationToken cancellationToken)
    {
        var arguments = SpawnForm.Of(request);
        arguments["count"] = request.Count;
        var ids = await ChangeAsync("worker_spawn", arguments, "'mcpworkers workers list' shows whether the workers are there.", cancellationToken);
        return [.. ids.AsArray().Select(id => id!.ToString())];
    }

    /// <summary>Runs a prompt on a worker and waits for its result, through losses of the connection.</summary>
    public async Task<JsonObject> ExecuteAsync(string workerId, string prompt, ExecuteOptions options, CancellationToken cancellationToken)
    {
        var call = new WaitingCall(_sender, [workerId]);
        var answer = await call.SendAsync("worker_execute", Bounded(new() { ["worker_id"] = workerId, ["prompt"] = prompt }, options), cancellationToken);
        return await WholeAsync(answer as JsonObject ?? answer.AsArray()[0]!.AsObject(), cancellationToken);
    }

    /// <summary>Runs prompt i on worker i and waits for all results, in the order given, through losses of the connection.</summary>
    public async Task<JsonArray> ExecuteBatchAsync(
        IReadOnlyList<string> workerIds, IReadOnlyList<string> prompts, ExecuteOptions options, CancellationToken cancellationToken)
    {
        var call = new WaitingCall(_sender, workerIds);
        var arguments = new JsonObject { ["worker_ids"] = ListOf(workerIds), ["prompts"] = ListOf(prompts) };
        var answer = await call.SendAsync("worker_execute_batch", Bounded(arguments, options), cancellationToken);
        var results = new List<JsonNode>();
        foreach (var result in answer.AsArray())
        {
            results.Add(await WholeAsync(result!.AsObject(), cancellationToken));
        }

        return [.. results];
    }

    /// <summary>Gives a prompt to a worker and does not wait: a result with status running and the run's id in its metadata.</summary>
    public async Task<JsonObject> SubmitAsync(string workerId, string prompt, ExecuteOptions options, CancellationToken cancellationToken)
    {
        var arguments = Bounded(new() { ["worker_id"] = workerId, ["prompt"] = prompt, ["wait"] = false }, options);
        return (await ChangeAsync("worker_execute", arguments, $"'mcpworkers workers list' shows whether {workerId} is at work.", cancellationToken)).AsObject();
    }

    /// <summary>All workers, as <c>worker_list</c> gives them.</summary>
    public async Task<JsonArray> ListAsync(CancellationToken cancellationToken) =>
        (await ReadAsync("worker_list", [], cancellationToken)).AsArray();

    /// <summary>All workers.</summary>
    public async Task<IReadOnlyList<WorkerState>> StatesAsync(CancellationToken cancellationToken) =>
        [.. (await ListAsync(cancellationToken)).Select(WorkerState.Read)];

    /// <summary><c>{id: status}</c>. Waits up to the interval for a change while one of them is at work.</summary>
    /// <param name="workerIds">Null for all.</param>
    /// <param name="interval">0.1–10 s.</param>
    public async Task<JsonObject> MonitorAsync(IReadOnlyList<string>? workerIds, TimeSpan interval, CancellationToken cancellationToken)
    {
        var arguments = Among(workerIds);
        arguments["interval"] = interval.TotalSeconds;
        return (await ReadAsync("worker_monitor", arguments, cancellationToken)).AsObject();
    }

    /// <summary><c>{id: result}</c>: the last results, and of workers at work what there is so far.</summary>
    /// <param name="workerIds">Null for all that have one.</param>
    public async Task<JsonObject> CollectAsync(IReadOnlyList<string>? workerIds, CancellationToken cancellationToken)
    {
        var collected = (await ReadAsync("worker_collect_results", Among(workerIds), cancellationToken)).AsObject();
        var whole = new JsonObject();
        foreach (var (id, result) in collected)
        {
            whole[id] = await WholeAsync(result!.AsObject(), cancellationToken);
        }

        return whole;
    }

    /// <summary>Stops a worker's run and keeps the worker.</summary>
    /// <param name="force">Without asking it first.</param>
    public async Task<JsonObject> CancelAsync(string workerId, bool force, CancellationToken cancellationToken) => (await ChangeAsync(
        "worker_cancel", new() { ["worker_id"] = workerId, ["force"] = force }, "'mcpworkers workers list' shows whether it is still at work.", cancellationToken)).AsObject();

    public async Task<JsonObject> CloseAsync(string workerId, CancellationToken cancellationToken) => (await ChangeAsync(
        "worker_close", new() { ["worker_id"] = workerId }, "'mcpworkers workers list' shows whether it is still there.", cancellationToken)).AsObject();

    public async Task<JsonObject> CloseAllAsync(CancellationToken cancellationToken) => (await ChangeAsync(
        "worker_close_all", [], "'mcpworkers workers list' shows what is still there.", cancellationToken)).AsObject();

    public async Task<JsonObject> HealthAsync(CancellationToken cancellationToken) =>
        (await ReadAsync("worker_health", [], cancellationToken)).AsObject();

    /// <summary>A page of what went on in a run. Does not wait.</summary>
    /// <param name="cursor">In bytes; 0 at first, then a page's <see cref="RunLog.NextCursor"/>.</param>
    /// <param name="linesMax">1–10,000.</param>
    public async Task<RunLog> ReadLogAsync(string runId, long cursor, int linesMax, CancellationToken cancellationToken)
    {
        string uri = ResourceAddress.LogUri(runId, cursor) + string.Create(CultureInfo.InvariantCulture, $"&lines={linesMax}");
        string text = (await _sender.ReadResourceAsync(uri, cancellationToken))["text"]?.ToString() ?? "";
        try
        {
            return RunLog.Read(JsonNode.Parse(text));
        }
        catch (JsonException)
        {
            return RunLog.Read(null);
        }
    }

    public ValueTask DisposeAsync() => _sender.DisposeAsync();

    private Task<JsonNode> ReadAsync(string tool, JsonObject arguments, CancellationToken cancellationToken) =>
        _sender.CallRepeatedlyAsync(tool, arguments, cancellationToken);

    private Task<JsonNode> ChangeAsync(string tool, JsonObject arguments, string remedy, CancellationToken cancellationToken) =>
        _sender.ChangeAsync(tool, arguments, remedy, cancellationToken);

    private Task<JsonObject> WholeAsync(JsonObject result, CancellationToken cancellationToken) => WholeOutput.OfAsync(result, _sender, cancellationToken);

    private static JsonObject Among(IReadOnlyList<string>? workerIds) => workerIds is null ? [] : new() { ["worker_ids"] = ListOf(workerIds) };

    private static JsonObject Bounded(JsonObject arguments, ExecuteOptions options)
    {
        if (options.Timeout > TimeSpan.Zero)
        {
            arguments["timeout"] = (int)options.Timeout.TotalSeconds;
        }

        SpawnForm.AddBudget(arguments, options.Budget);
        return arguments;
    }

    private static JsonArray ListOf(IEnumerable<string> texts) => new([.. texts.Select(text => (JsonNode)text)]);
}
