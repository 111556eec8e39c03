using System.Buffers;
using System.Text.Json;
using System.Text.Json.Nodes;
using McpWorkers.Rendering;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace McpWorkers.Http;

/// <summary>Writes answers: JSON at once, or the head of a stream of server-sent events.</summary>
internal static class HttpAnswer
{
    public const string Json = "application/json";
    public const string EventStream = "text/event-stream";

    private static readonly JsonWriterOptions Readable = new() { Encoder = ResultJson.Relaxed.Encoder };

    public static async Task WriteAsync(HttpContext context, int status, JsonNode body, string contentType = Json)
    {
        var buffer = new ArrayBufferWriter<byte>(1024);
        await using (var writer = new Utf8JsonWriter(buffer, Readable))
        {
            body.WriteTo(writer);
        }

        await WriteAsync(context, status, buffer.WrittenMemory, contentType);
    }

    public static async Task WriteAsync(HttpContext context, int status, ReadOnlyMemory<byte> body, string contentType = Json)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = contentType;
        context.Response.ContentLength = body.Length;
        await context.Response.BodyWriter.WriteAsync(body, context.RequestAborted);
    }

    /// <summary>From here on the answer is a stream: nothing on the way may hold it back or keep it.</summary>
    public static void BeginStream(HttpContext context)
    {
        context.Response.ContentType = EventStream;
        context.Response.Headers.CacheControl = "no-cache,no-store";
        context.Response.Headers["X-Accel-Buffering"] = "no";
        context.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();
    }
}
