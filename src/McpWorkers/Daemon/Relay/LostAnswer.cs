using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace McpWorkers.Daemon.Relay;

/// <summary>The answer to a request that the daemon will not answer any more: what goes on all the same, and how to come to it.</summary>
internal static class LostAnswer
{
    /// <summary>Of the errors that the protocol leaves to implementations.</summary>
    public const int Code = -32011;

    private static readonly JsonSerializerOptions Relaxed = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>A line.</summary>
    /// <param name="why">A sentence.</param>
    public static byte[] Of(OpenCall call, string why) => Line(call, $"{why} {Advice(call)}");

    /// <summary>A line that says that nothing was done.</summary>
    public static byte[] NothingDone(OpenCall call, string why) => Line(call, why);

    private static string Advice(OpenCall call)
    {
        if (call.Runs.Count > 0)
        {
            string runs = string.Join(", ", call.Runs.Select(run => $"{run.RunId} on worker {run.WorkerId}"));
            string workers = string.Join(", ", call.Runs.Select(run => run.WorkerId).Distinct().Select(id => $"\"{id}\""));
            return (call.Runs.Count == 1 ? $"The run goes on: {runs}." : $"The runs go on: {runs}.")
                + $" Do not send the prompt again; follow with worker_monitor and fetch with worker_collect_results(worker_ids=[{workers}]).";
        }

        return call.Head.Name switch
        {
            "worker_execute" or "worker_execute_batch" =>
                "Whether the prompt was taken up is not known. See worker_list: a worker that is at work has it; send it again only where none is.",
            _ when call.Line is not null => "It only looks: ask again.",
            "task_add" => "Whether the tasks were added is not known: see task_list, and add only what is not there. With a key, adding twice is adding once.",
            { } name when name.StartsWith("task_", StringComparison.Ordinal) => "Whether it was carried out is not known: task_list shows how the tasks are.",
            "request_answer" => "Whether it was decided is not known: request_show says so. A request is decided once, so that saying it again harms nothing.",
            "queue_control" => "Whether it was carried out is not known: queue_status shows how the queue is.",
            { } name when name.StartsWith("schedule_", StringComparison.Ordinal) => "Whether it was carried out is not known: schedule_list shows what there is.",
            _ => "Whether it was carried out is not known: worker_list shows what there is.",
        };
    }

    private static byte[] Line(OpenCall call, string message)
    {
        var answer = new JsonObject
        {
            ["jsonrpc"] = "2.0",
            ["id"] = JsonNode.Parse(MessageHead.ToJson(call.Head.Id!)),
            ["error"] = new JsonObject
            {
                ["code"] = Code,
                ["message"] = message,
                ["data"] = new JsonObject
                {
                    ["run_ids"] = new JsonArray([.. call.Runs.Select(run => (JsonNode)run.RunId)]),
                    ["worker_ids"] = new JsonArray([.. call.Runs.Select(run => run.WorkerId).Distinct().Select(id => (JsonNode)id)]),
                },
            },
        };
        return Encoding.UTF8.GetBytes(answer.ToJsonString(Relaxed) + "\n");
    }
}
