using System.Text.Json.Nodes;
using McpWorkers.Engine.Events;
using McpWorkers.Engine.Storage;
using McpWorkers.Engine.Workers;
using McpWorkers.Mcp.History;
using McpWorkers.Mcp.Tools;

namespace McpWorkers.Http.Rest;

/// <summary>What was: runs, sums over them, and stored facts by query.</summary>
internal static class HistoryRoutes
{
    private const string Nullable = """{"type":["string","null"]}""";
    private const string Tokens = "\"input\":{\"type\":\"integer\"},\"output\":{\"type\":\"integer\"},\"total\":{\"type\":\"integer\"}";

    private const string Run =
        $$$$"""
        {"type":"object","properties":{
        "run_id":{"type":"string"},"worker_id":{"type":"string"},"worker_type":{{{{Nullable}}}},"agent":{{{{Nullable}}}},
        "status":{{{{OutputSchemas.Status}}}},"outcome":{{{{Nullable}}}},"reason":{{{{Nullable}}}},
        "accepted_at":{"type":"string"},"started_at":{{{{Nullable}}}},"finished_at":{{{{Nullable}}}},
        "duration_seconds":{"type":["number","null"]},
        "tokens":{"anyOf":[{"type":"object","properties":{{{{{Tokens}}}},"cache_read":{"type":"integer"},"cache_write":{"type":"integer"}}},{"type":"null"}]},
        "cost_usd":{"type":["number","null"]},"error":{{{{Nullable}}}}
        },"required":["run_id","worker_id","status","accepted_at"]}
        """;

    private const string RunsSchema =
        $$$$"""
        {"type":"object","properties":{"runs":{"type":"array","items":{{{{Run}}}}},"next_before":{{{{Nullable}}}}},"required":["runs","next_before"]}
        """;

    private const string Figures =
        $$$$"""
        "runs":{"type":"integer"},"completed":{"type":"integer"},"failed":{"type":"integer"},"timeout":{"type":"integer"},"cancelled":{"type":"integer"},
        "tokens":{"type":"object","properties":{{{{{Tokens}}}}}},"cost_usd":{"type":"number"},"seconds":{"type":"number"}
        """;

    private const string TotalsSchema =
        $$$$"""
        {"type":"object","properties":{"by":{"type":"string"},
        "rows":{"type":"array","items":{"type":"object","properties":{"key":{"type":"string"},{{{{Figures}}}}},"required":["key","runs"]}},
        "total":{"type":"object","properties":{{{{{Figures}}}}}}},"required":["by","rows","total"]}
        """;

    private const string Amounts =
        """{"type":"object","properties":{"usd":{"type":"number"},"tokens":{"type":"number"},"turns":{"type":"number"},"minutes":{"type":"number"}}}""";

    private const string Account =
        $$$$"""
        "spent":{"type":"object","properties":{
        "usd":{"type":["number","null"]},"is_estimate":{"type":"boolean","description":"some of the USD are reckoned by the table prices"},
        "tokens":{"type":["integer","null"]},"turns":{"type":"integer"},"minutes":{"type":"number"}}},
        "budget":{{{{Amounts}}}},"granted":{{{{Amounts}}}},"bound":{{{{Amounts}}}}
        """;

    private const string BudgetsSchema =
        $$$$"""
        {"type":"object","properties":{
        "day":{"type":"string"},"since":{"type":"string"},"until":{"type":"string"},{{{{Account}}}},
        "pools":{"type":"array","items":{"type":"object","properties":{"pool":{"type":"string"},{{{{Account}}}}},"required":["pool","spent"]}}
        },"required":["day","since","until","spent","pools"]}
        """;

    private static readonly string FactsSchema =
        $$$$"""
        {"type":"object","properties":{
        "events":{"type":"array","items":{"type":"object","properties":{
        "number":{"type":"integer"},"time":{"type":"string"},"kind":{{{{OneOf(WorkerEventKinds.All)}}}},"worker_id":{{{{Nullable}}}},"worker_type":{{{{Nullable}}}},
        "run_id":{{{{Nullable}}}},"status":{{{{OneOf([.. HistoryQuestion.FactStatuses, null])}}}},"text":{"type":"string"},"task_id":{"type":"string","description":"of the task that it is about"}
        },"required":["number","time","kind","worker_id","status","text"]}},
        "last":{"type":"integer","description":"after, for the next page"},
        "gap":{"type":"boolean","description":"some after the cursor are kept no more"}},"required":["events","last","gap"]}
        """;

    private static readonly RouteParameter StatusOfFact = new("status", OneOf(HistoryQuestion.FactStatuses), "Only with this status, of a worker or of a task.");
    private static readonly RouteParameter Task = new("task_id", """{"type":"string"}""", "Only of this task, by its id or key; not together with worker_id.");
    private static readonly RouteParameter Status = new("status", OutputSchemas.Status, "Only with this status.");
    private static readonly RouteParameter Type = new("type", """{"type":"string"}""", "Only of this worker type.");
    private static readonly RouteParameter Worker = new("worker_id", """{"type":"string"}""", "Only of this worker.");
    private static readonly RouteParameter Since = new("since", """{"type":"string"}""", "Then or later: ISO 8601, or an age such as 90s, 15m, 1h, 7d.");
    private static readonly RouteParameter Until = new("until", """{"type":"string"}""", "Before: ISO 8601, or an age.");
    private static readonly RouteParameter Limit = new("limit", """{"type":"integer","minimum":1,"maximum":1000,"default":100}""", "At most so many.");
    private static readonly RouteParameter Before = new("before", """{"type":"string"}""", "next_before of the page before.");
    private static readonly RouteParameter By = new("by", """{"enum":["status","type","day"],"default":"status"}""", "A row for each; days are in UTC, of acceptance.");
    private static readonly RouteParameter After = new("after", """{"type":"integer","minimum":0}""", "The first ones after this number; left out: the last ones.");
    private static readonly RouteParameter Wait = new(
        "wait_seconds", """{"type":"integer","minimum":0,"maximum":60,"default":0}""", "How long to wait for one where there is none after the number.");

    public static IEnumerable<Route> Of(WorkerManager manager, string path, TimeProvider time) =>
    [
        new("GET", path + "/runs", "Runs in few words, the one accepted last first; those that go on among them. Times are those of acceptance.", async call =>
            await call.AnswerAsync(HistoryView.Of(await manager.History.RunsAsync(Of(call, time).Runs(), call.Aborted))))
        {
            Scope = TokenScope.Read,
            Query = [Status, Type, Worker, Since, Until, Limit, Before],
            AnswerSchema = RunsSchema,
        },
        new("GET", path + "/totals", "Sums over runs, by status, type or day of acceptance.", async call =>
        {
            var (by, since, until) = Of(call, time).Totals();
            await call.AnswerAsync(HistoryView.Of(by, await manager.History.TotalsAsync(by, since, until, call.Aborted)));
        })
        {
            Scope = TokenScope.Read,
            Query = [By, Since, Until],
            AnswerSchema = TotalsSchema,
        },
        new("GET", path + "/budgets", "What was spent today (the host's local day), in all and by pool, and the bounds. budget: as set; granted: how often once more; bound: with that.", async call =>
            await call.AnswerAsync(HistoryView.Of(await manager.History.SpentTodayAsync(call.Aborted))))
        {
            Scope = TokenScope.Read,
            AnswerSchema = BudgetsSchema,
        },
        new("GET", path + "/facts", "Stored events by query, in the order of their numbers.", async call =>
        {
            var question = Of(call, time);
            await call.AnswerAsync(HistoryView.Of(await manager.History.FactsAsync(question.Facts(), question.Wait(), call.Aborted)));
        })
        {
            Scope = TokenScope.Read,
            Query = [StatusOfFact, Type, Worker, Task, Since, Until, Limit, After, Wait],
            AnswerSchema = FactsSchema,
        },
    ];

    private static string OneOf(IEnumerable<string?> words) =>
        new JsonObject { ["enum"] = new JsonArray([.. words.Select(word => (JsonNode?)word)]) }.ToJsonString();

    private static HistoryQuestion Of(RouteCall call, TimeProvider time) => new(call.Query, time.GetUtcNow());
}
