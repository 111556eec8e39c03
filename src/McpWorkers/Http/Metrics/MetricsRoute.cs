using System.Text;
using McpWorkers.Engine.Storage;
using McpWorkers.Http.Rest;

namespace McpWorkers.Http.Metrics;

/// <summary>The figures in the text format of Prometheus. A token is needed as for any other look.</summary>
internal static class MetricsRoute
{
    public const string Address = "/metrics";

    public static IEnumerable<Route> Of(MetricStore metrics) =>
    [
        new("GET", Address, "The figures of runs, workers, machine and calls, for Prometheus.", call =>
            HttpAnswer.WriteAsync(call.Context, call.Route.Status, Encoding.UTF8.GetBytes(metrics.Read()), MetricText.ContentType))
        {
            Scope = TokenScope.Read,
            AnswerSchema = """{"type":"string"}""",
            AnswerType = "text/plain",
        },
    ];
}
