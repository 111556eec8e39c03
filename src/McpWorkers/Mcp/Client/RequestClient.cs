using System.Text.Json.Nodes;

namespace McpWorkers.Mcp.Client;

/// <summary>Calls the tools of the set <c>requests</c>, and gives their own JSON back. Refusals come as with <see cref="WorkerClient"/>.</summary>
internal sealed class RequestClient(RequestSender sender)
{
    /// <summary><c>{requests, next_before}</c>, the newest first.</summary>
    /// <param name="question">As the tool <c>request_list</c> takes it.</param>
    public async Task<JsonObject> ListAsync(JsonObject question, CancellationToken cancellationToken) =>
        (await sender.CallRepeatedlyAsync("request_list", question, cancellationToken)).AsObject();

    /// <summary>All of a request.</summary>
    public async Task<JsonObject> ShowAsync(string requestId, CancellationToken cancellationToken) =>
        (await sender.CallRepeatedlyAsync("request_show", new() { ["request_id"] = requestId }, cancellationToken)).AsObject();

    /// <summary>Decides a request; as it is then.</summary>
    /// <param name="decision"><c>allow</c> or <c>deny</c>; null where the answer says it all.</param>
    /// <param name="digest">Of what was shown; null where that is not to be checked.</param>
    public async Task<JsonObject> AnswerAsync(string requestId, string? decision, string? answer, string? digest, CancellationToken cancellationToken)
    {
        var arguments = new JsonObject { ["request_id"] = requestId };
        SpawnForm.Add(arguments, "decision", decision);
        SpawnForm.Add(arguments, "answer", answer);
        SpawnForm.Add(arguments, "digest", digest);
        return (await sender.ChangeAsync("request_answer", arguments, $"'mcpworkers requests show {requestId}' says whether it is decided.", cancellationToken)).AsObject();
    }
}
