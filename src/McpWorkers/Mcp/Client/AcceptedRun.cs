using System.Text.Json.Nodes;

namespace McpWorkers.Mcp.Client;

/// <summary>A run that the workers' host has stored: it goes on whatever becomes of the connection.</summary>
internal sealed record AcceptedRun(string RunId, string WorkerId)
{
    /// <summary>Reads what <see cref="AcceptedNotice"/> says; nothing where it is of another form.</summary>
    public static (string? RequestId, IReadOnlyList<AcceptedRun> Runs) Read(JsonNode? parameters) => (
        parameters?["request_id"]?.ToString(),
        [
            .. (parameters?["runs"] as JsonArray ?? [])
                .Where(run => run?["run_id"] is not null && run["worker_id"] is not null)
                .Select(run => new AcceptedRun(run!["run_id"]!.ToString(), run["worker_id"]!.ToString())),
        ]);
}
