using System.Text.Json.Nodes;
using McpWorkers.Engine.Model;
using McpWorkers.Engine.Workers;
using McpWorkers.Rendering;

namespace McpWorkers.Http.Rest;

/// <summary>
/// A batch as a Mahavishnu pool spells it: all its workers, and tasks that are given to them in turn. The answer is an object by worker id;
/// where a worker had several tasks, the later ones are at <c>id#2</c>, <c>id#3</c>, …
/// </summary>
internal static class TaskBatch
{
    private const double TimeoutUsual = 300;

    /// <param name="arguments"><c>{worker_ids: […], tasks: [{prompt, timeout?}, …]}</c>; the longest time-out counts for all.</param>
    /// <exception cref="RefusedException">As for a batch; nothing was accepted.</exception>
    public static async Task<JsonObject> RunAsync(WorkerManager manager, JsonObject arguments, CancellationToken cancellationToken)
    {
        if (arguments.Select(each => each.Key).FirstOrDefault(name => name is not ("worker_ids" or "tasks" or "timeout")) is { } unknown)
        {
            throw Invalid($"argument '{unknown}' is not known; known are worker_ids, tasks, timeout.");
        }

        var workers = Texts(arguments["worker_ids"]);
        var tasks = Tasks(arguments["tasks"]);
        double timeout = tasks.Select(task => task.Timeout).Append(Seconds(arguments["timeout"])).Max() ?? TimeoutUsual;
        List<string> ids = [.. tasks.Select((_, i) => workers[i % workers.Count])];
        var results = await manager.ExecuteBatchAsync(
            ids, [.. tasks.Select(task => task.Prompt)], new() { Timeout = TimeSpan.FromSeconds(timeout) }, cancellationToken);

        var byWorker = new JsonObject();
        for (int i = 0; i < ids.Count; i++)
        {
            int turn = (i / workers.Count) + 1;
            byWorker[turn == 1 ? ids[i] : $"{ids[i]}#{turn}"] = ResultJson.Of(results[i]);
        }

        return byWorker;
    }

    private static List<string> Texts(JsonNode? node) =>
        node is JsonArray { Count: > 0 } list && list.All(each => each is JsonValue value && value.TryGetValue<string>(out _))
            ? [.. list.Select(each => each!.GetValue<string>()).Distinct()]
            : throw Invalid("'worker_ids' must be a list of at least one id.");

    private static List<(string Prompt, double? Timeout)> Tasks(JsonNode? node) =>
        node is JsonArray { Count: > 0 } list
            ? [.. list.Select((each, i) => each is JsonObject task && task["prompt"] is JsonValue value && value.TryGetValue(out string? prompt)
                ? (prompt, Seconds(task["timeout"]))
                : throw Invalid($"'tasks[{i}]' must be an object with a 'prompt', a string."))]
            : throw Invalid("'tasks' must be a list of at least one task.");

    private static double? Seconds(JsonNode? node) => node switch
    {
        null => null,
        JsonValue value when value.TryGetValue(out double seconds) && seconds is > 0 and <= 3600 => seconds,
        _ => throw Invalid("'timeout' must be a number of seconds from 30 to 3600."),
    };

    private static RefusedException Invalid(string what) => new(RefusalCode.InvalidArgument, $"worker_execute_batch: {what}");
}
