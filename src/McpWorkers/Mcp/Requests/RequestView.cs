using System.Globalization;
using System.Text.Json.Nodes;
using McpWorkers.Engine.Model;
using McpWorkers.Engine.Storage;
using McpWorkers.Mcp.Queue;
using McpWorkers.Mcp.Workspaces;

namespace McpWorkers.Mcp.Requests;

/// <summary>What workers ask, as every door shows it.</summary>
internal static class RequestView
{
    /// <summary>In characters: a list is to be looked over.</summary>
    private const int ShownMax = 2000;

    // Said with each, since whoever reads it may be a model: a worker that was led astray asks for what led it wants.
    private static readonly string[] Untrusted = ["text", "tool", "input", "options"];

    /// <summary>In short: of a long text or input only the head, with how long it is.</summary>
    public static JsonObject Brief(WorkerRequest request)
    {
        var json = Of(request, Head(request.Text), request.Input is { } input ? Head(input) : null);
        AddLength(json, "text_length", request.Text);
        AddLength(json, "input_length", request.Input);
        return json;
    }

    /// <summary>All of it, as it was asked.</summary>
    public static JsonObject Whole(WorkerRequest request) => Of(request, request.Text, request.Input);

    /// <summary><c>{requests, next_before}</c>.</summary>
    public static JsonObject Of(RequestPage page) => new()
    {
        ["requests"] = new JsonArray([.. page.Requests.Select(request => (JsonNode)Brief(request))]),
        ["next_before"] = page.Next?.ToString(CultureInfo.InvariantCulture),
    };

    private static JsonObject Of(WorkerRequest request, string text, string? input) => new()
    {
        ["request_id"] = request.RequestId,
        ["kind"] = request.Kind.ToWire(),
        ["state"] = request.State.ToWire(),
        ["worker_id"] = request.WorkerId,
        ["worker_type"] = request.WorkerType,
        ["run_id"] = request.RunId,
        ["task_id"] = request.TaskId,
        ["text"] = text,
        ["tool"] = request.Tool,
        ["input"] = input,
        ["working_directory"] = request.WorkingDirectory,
        ["why"] = request.Why,
        ["options"] = WorkspaceForms.Texts(request.Options),
        ["untrusted"] = WorkspaceForms.Texts(Untrusted),
        ["digest"] = request.Digest,
        ["created"] = TaskView.Time(request.Created),
        ["expires"] = TaskView.Time(request.Expires),
        ["answer"] = request.Answer,
        ["decided_by"] = request.DecidedBy,
        ["decided"] = TaskView.Time(request.Decided),
        ["continued_by"] = request.ContinuedBy,
    };

    private static void AddLength(JsonObject json, string name, string? text)
    {
        if (text?.Length > ShownMax)
        {
            json[name] = text.Length;
        }
    }

    private static string Head(string text) =>
        text.Length <= ShownMax ? text : text[..(char.IsHighSurrogate(text[ShownMax - 1]) ? ShownMax - 1 : ShownMax)] + "…";
}
