using System.Globalization;
using System.Text.Json.Nodes;
using McpWorkers.Engine.Model;
using McpWorkers.Engine.Storage;
using McpWorkers.Engine.Workers;
using McpWorkers.Mcp;
using McpWorkers.Mcp.Tools;

namespace McpWorkers.Http.Rest;

/// <summary>Single runs: how one ended, its whole output and what went on in it, page by page.</summary>
internal static class RunRoutes
{
    private const int LinesMax = 10_000;
    private const int LinesUsual = 1000;

    private const string RunSchema =
        $$$$"""
        {"type":"object","properties":{
        "run_id":{"type":"string"},"worker_id":{"type":"string"},
        "status":{{{{OutputSchemas.Status}}}},
        "settled":{"type":"boolean","description":"nothing more comes; else the result is what there is so far"},
        "result":{{{{OutputSchemas.Result}}}}
        },"required":["run_id","worker_id","status","settled","result"]}
        """;

    private const string OutputSchema =
        """
        {"type":"object","properties":{
        "text":{"type":"string"},"cursor":{"type":"integer"},
        "next_cursor":{"anyOf":[{"type":"integer"},{"type":"null"}],"description":"null after the last page"},
        "total_length":{"type":"integer"}},"required":["text","cursor","next_cursor","total_length"]}
        """;

    private const string LogSchema =
        """
        {"type":"object","properties":{
        "lines":{"type":"array","items":{"type":"object","properties":{
        "offset":{"type":"integer"},"kind":{"type":"string"},"text":{"type":"string"}},"required":["offset","kind","text"]}},
        "cursor":{"type":"integer"},"next_cursor":{"type":"integer"},
        "over":{"type":"boolean","description":"the run is settled, and this page reaches its end"}},
        "required":["lines","cursor","next_cursor","over"]}
        """;

    private static readonly RouteParameter Characters = new("cursor", """{"type":"integer","minimum":0,"default":0}""", "Where the page begins, in characters.");
    private static readonly RouteParameter Bytes = new("cursor", """{"type":"integer","minimum":0,"default":0}""", "As the page before said; 0 at first.");
    private static readonly RouteParameter Lines = new("lines", """{"type":"integer","minimum":1,"maximum":10000,"default":1000}""", "At most so many.");

    public static IEnumerable<Route> Of(WorkerManager manager, string path) =>
    [
        new("GET", path + "/runs/{run_id}", "A run, also one of a worker that is closed, with its result.", call => RunAsync(call, manager))
        {
            Scope = TokenScope.Read,
            AnswerSchema = RunSchema,
        },
        new("GET", path + "/runs/{run_id}/output", "A page of a run's whole output.", call => OutputAsync(call, manager))
        {
            Scope = TokenScope.Read,
            Query = [Characters],
            AnswerSchema = OutputSchema,
        },
        new("GET", path + "/runs/{run_id}/log", "A page of what went on in a run. Does not wait.", call => LogAsync(call, manager))
        {
            Scope = TokenScope.Read,
            Query = [Bytes, Lines],
            AnswerSchema = LogSchema,
        },
    ];

    private static async Task RunAsync(RouteCall call, WorkerManager manager)
    {
        var run = await manager.FindRunAsync(call.Path["run_id"], call.Aborted);
        await call.AnswerAsync(new JsonObject
        {
            ["run_id"] = run.RunId,
            ["worker_id"] = run.WorkerId,
            ["status"] = run.Status.ToWire(),
            ["settled"] = run.IsSettled,
            ["result"] = ResultView.Of(run.Result, manager.Settings.OutputInlineMax),
        });
    }

    private static async Task OutputAsync(RouteCall call, WorkerManager manager)
    {
        var page = await manager.ReadOutputAsync(call.Path["run_id"], Whole(call, "cursor", 0, 0, long.MaxValue), call.Aborted);
        await call.AnswerAsync(new JsonObject
        {
            ["text"] = page.Text,
            ["cursor"] = page.Cursor,
            ["next_cursor"] = page.NextCursor,
            ["total_length"] = page.TotalLength,
        });
    }

    private static async Task LogAsync(RouteCall call, WorkerManager manager)
    {
        var page = await manager.ReadLogAsync(
            call.Path["run_id"], Whole(call, "cursor", 0, 0, long.MaxValue), (int)Whole(call, "lines", LinesUsual, 1, LinesMax), call.Aborted);
        await call.AnswerAsync(RunLogView.Of(page));
    }

    public static long Whole(RouteCall call, string name, long otherwise, long min, long max) => call.Query(name) switch
    {
        null => otherwise,
        var text when long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long number) && number >= min && number <= max => number,
        var text => throw new RefusedException(
            RefusalCode.InvalidArgument,
            max == long.MaxValue ? $"{name} is '{text}'; it must be a whole number from {min}." : $"{name} is '{text}'; it must be a whole number from {min} to {max}."),
    };
}
