using System.Diagnostics.Metrics;
using Microsoft.AspNetCore.Http;

namespace McpWorkers.Http.Metrics;

/// <summary>Counts requests by method, route and status. The route is its template, never the address that was asked for.</summary>
internal sealed class RequestMeter
{
    private const string Other = "other";

    private static readonly string[] s_methods = ["GET", "POST", "PUT", "DELETE", "OPTIONS", "HEAD", "PATCH"];

    private readonly Counter<long> _requests;
    private readonly Histogram<double> _durations;

    public RequestMeter(Meter meter)
    {
        _requests = meter.CreateCounter<long>("mcpworkers.http.requests", "{request}", "HTTP requests that were answered, refused ones included.");
        _durations = meter.CreateHistogram(
            "mcpworkers.http.duration", "s", "Until the answer was written; of streams nothing is recorded.", null,
            new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.001, 0.005, 0.025, 0.1, 0.5, 1, 5, 30, 120, 600] });
    }

    /// <summary>Says by which route a request is answered.</summary>
    public static void Note(HttpContext context, string template) => context.Features.Set(new RouteTemplate(template));

    public void Count(HttpContext context, TimeSpan duration)
    {
        if (!_requests.Enabled)
        {
            return;
        }

        string method = context.Request.Method;
        KeyValuePair<string, object?>[] labels =
        [
            new("method", s_methods.Contains(method) ? method : Other),
            new("route", context.Features.Get<RouteTemplate>()?.Value ?? Other),
            new("status", context.Response.StatusCode),
        ];
        _requests.Add(1, labels);
        if (context.Response.ContentType != HttpAnswer.EventStream)
        {
            _durations.Record(duration.TotalSeconds, labels[..2]);
        }
    }

    private sealed record RouteTemplate(string Value);
}
