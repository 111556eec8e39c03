using System.Globalization;
using System.Text.Json.Nodes;
using McpWorkers.Engine.Events;
using McpWorkers.Engine.Model;
using McpWorkers.Engine.Storage;

namespace McpWorkers.Mcp.History;

/// <summary>What was, as every door shows it.</summary>
internal static class HistoryView
{
    /// <summary><c>{runs: [run], next_before}</c>.</summary>
    public static JsonObject Of(PastRuns page) => new()
    {
        ["runs"] = new JsonArray([.. page.Runs.Select(Of)]),
        ["next_before"] = page.NextBefore?.ToString(CultureInfo.InvariantCulture),
    };

    public static JsonObject Of(PastRun run) => new()
    {
        ["run_id"] = run.RunId,
        ["worker_id"] = run.WorkerId,
        ["worker_type"] = run.WorkerType,
        ["agent"] = run.Agent,
        ["status"] = run.Status.ToWire(),
        ["outcome"] = run.Figures.Outcome,
        ["reason"] = run.Figures.Reason,
        ["accepted_at"] = Time(run.Accepted),
        ["started_at"] = Time(run.Started),
        ["finished_at"] = Time(run.Finished),
        ["duration_seconds"] = run.Figures.Duration is { } duration ? Math.Round(duration.TotalSeconds, 3) : null,
        ["tokens"] = run.Figures.Tokens is { } tokens
            ? new JsonObject { ["input"] = tokens.Input, ["output"] = tokens.Output, ["cache_read"] = tokens.CacheRead, ["cache_write"] = tokens.CacheWrite, ["total"] = tokens.Total }
            : null,
        ["cost_usd"] = run.Figures.CostUsd,
        ["error"] = run.Figures.Error,
    };

    /// <summary><c>{by, rows: [{key, …}], total: {…}}</c>.</summary>
    public static JsonObject Of(TotalsBy by, IReadOnlyList<RunTotal> rows) => new()
    {
        ["by"] = by switch { TotalsBy.Status => "status", TotalsBy.Type => "type", _ => "day" },
        ["rows"] = new JsonArray([.. rows.Select(row =>
        {
            var json = Of(row);
            json.Insert(0, "key", row.Key);
            return json;
        })]),
        ["total"] = Of(RunTotal.Sum(rows)),
    };

    /// <summary><c>{events: [event], last, gap}</c>.</summary>
    public static JsonObject Of(PastFacts page) => new()
    {
        ["events"] = new JsonArray([.. page.Facts.Select(Of)]),
        ["last"] = page.Last,
        ["gap"] = page.Gap,
    };

    private static JsonObject Of(PastFact past)
    {
        bool isOfWorker = past.Fact.Kind.IsOfWorker();
        var fact = new JsonObject
        {
            ["number"] = past.Fact.Number,
            ["time"] = Time(past.Fact.Time),
            ["kind"] = past.Fact.Kind.ToWire(),
            ["worker_id"] = isOfWorker ? past.Fact.WorkerId : null,
            ["worker_type"] = past.WorkerType,
            ["run_id"] = past.Fact.RunId,
            ["status"] = past.Fact.StatusName,
            ["text"] = past.Fact.Text,
        };
        if (past.Fact.Task is { } task)
        {
            fact["task_id"] = task.TaskId;
        }

        return fact;
    }

    /// <summary><c>{day, since, until, spent, budget, granted, bound, pools: [{pool, spent, …}]}</c>.</summary>
    public static JsonObject Of(DaySpending today)
    {
        var json = new JsonObject { ["day"] = today.Day.ToString("O", CultureInfo.InvariantCulture), ["since"] = Time(today.Since), ["until"] = Time(today.Until) };
        AddAccount(json, today.All);
        json["pools"] = new JsonArray([.. today.Pools.Select(pool =>
        {
            var one = new JsonObject { ["pool"] = pool.Pool };
            AddAccount(one, pool.Account);
            return one;
        })]);
        return json;
    }

    private static void AddAccount(JsonObject json, AccountSpending account)
    {
        json["spent"] = new JsonObject
        {
            ["usd"] = account.Spent.Usd,
            ["is_estimate"] = account.Spent.IsEstimate,
            ["tokens"] = account.Spent.Tokens,
            ["turns"] = account.Spent.Turns,
            ["minutes"] = Math.Round(account.Spent.Time.TotalMinutes, 3),
        };
        json["budget"] = Measures(measure => account.Budget.Of(measure));
        json["granted"] = Measures(measure => account.Granted.TryGetValue(measure, out int times) ? times : null);
        json["bound"] = Measures(account.Bound);
    }

    /// <summary>Those that have a value.</summary>
    private static JsonObject Measures(Func<BudgetMeasure, decimal?> valueOf) => new(
        Enum.GetValues<BudgetMeasure>().Where(measure => valueOf(measure) is not null).Select(measure => KeyValuePair.Create(measure.ToWire(), (JsonNode?)valueOf(measure))));

    private static JsonObject Of(RunTotal row) => new()
    {
        ["runs"] = row.Runs,
        ["completed"] = row.Completed,
        ["failed"] = row.Failed,
        ["timeout"] = row.Timeout,
        ["cancelled"] = row.Cancelled,
        ["tokens"] = new JsonObject { ["input"] = row.InputTokens, ["output"] = row.OutputTokens, ["total"] = row.TotalTokens },
        ["cost_usd"] = row.CostUsd,
        ["seconds"] = Math.Round(row.Seconds, 3),
    };

    private static string? Time(DateTimeOffset? time) => time?.UtcDateTime.ToString("O", CultureInfo.InvariantCulture);
}
