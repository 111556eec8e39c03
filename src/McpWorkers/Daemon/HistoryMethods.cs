using System.Text.Json.Nodes;
using McpWorkers.Engine.Workers;
using McpWorkers.Mcp.Client;
using McpWorkers.Mcp.History;

namespace McpWorkers.Daemon;

/// <summary>What was, for the commands of the user. Parameters are named words, as in a query of REST.</summary>
internal sealed class HistoryMethods(WorkerManager manager, TimeProvider time)
{
    public const string Runs = "mcpworkers/history/runs";
    public const string Run = "mcpworkers/history/run";
    public const string Totals = "mcpworkers/history/totals";
    public const string Budgets = "mcpworkers/history/budgets";
    public const string Facts = WatchClient.Facts;

    /// <summary>As <c>GET /api/v1/runs</c>.</summary>
    public async Task<JsonObject> RunsAsync(JsonObject parameters, CancellationToken cancellationToken) =>
        HistoryView.Of(await manager.History.RunsAsync(Of(parameters).Runs(), cancellationToken));

    /// <summary><c>{run_id}</c> → the run.</summary>
    public async Task<JsonObject> RunAsync(JsonObject parameters, CancellationToken cancellationToken) =>
        HistoryView.Of(await manager.History.RunAsync(Word(parameters, "run_id") ?? "", cancellationToken));

    /// <summary>As <c>GET /api/v1/totals</c>.</summary>
    public async Task<JsonObject> TotalsAsync(JsonObject parameters, CancellationToken cancellationToken)
    {
        var (by, since, until) = Of(parameters).Totals();
        return HistoryView.Of(by, await manager.History.TotalsAsync(by, since, until, cancellationToken));
    }

    /// <summary>As <c>GET /api/v1/budgets</c>.</summary>
    public async Task<JsonObject> BudgetsAsync(JsonObject parameters, CancellationToken cancellationToken) =>
        HistoryView.Of(await manager.History.SpentTodayAsync(cancellationToken));

    /// <summary>As <c>GET /api/v1/facts</c>. An agent inside a run is told of the workers below it.</summary>
    public async Task<JsonObject> FactsAsync(Caller caller, JsonObject parameters, CancellationToken cancellationToken)
    {
        var question = Of(parameters);
        return HistoryView.Of(await manager.As(caller).History.FactsAsync(question.Facts(), question.Wait(), cancellationToken));
    }

    private static string? Word(JsonObject parameters, string name) => parameters[name] is JsonValue value ? value.ToString() : null;

    private HistoryQuestion Of(JsonObject parameters) => new(name => Word(parameters, name), time.GetUtcNow());
}
