using System.Text.Json.Nodes;
using McpWorkers.Engine.Workers;
using Microsoft.AspNetCore.Http;

namespace McpWorkers.Http.Rest;

/// <summary>For whoever watches over the process: that it lives, and that it takes work. Needs no token, so it says nothing more.</summary>
internal static class HealthRoutes
{
    private const string Schema = """{"type":"object","properties":{"status":{"type":"string"}},"required":["status"]}""";

    public static IEnumerable<Route> Of(WorkerManager manager) =>
    [
        new("GET", "/health", "Says that the server answers. Needs no token.", call => call.AnswerAsync(new JsonObject { ["status"] = "ok" }))
        {
            AnswerSchema = Schema,
        },
        new("GET", "/health/ready", "Says whether the server takes work: status 503 where it does not. Needs no token.", call =>
        {
            string status = manager.Health().Status;
            return HttpAnswer.WriteAsync(
                call.Context,
                status == "disabled" ? StatusCodes.Status503ServiceUnavailable : StatusCodes.Status200OK,
                new JsonObject { ["status"] = status == "disabled" ? "disabled" : "ready" });
        })
        {
            AnswerSchema = Schema,
        },
    ];
}
