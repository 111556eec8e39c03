using System.Buffers;
using System.Text.Json;
using System.Text.Json.Nodes;
using McpWorkers.Engine.Model;
using Microsoft.AspNetCore.Http;

namespace McpWorkers.Http;

/// <summary>Reads a request's body, which the server bounds (setting <c>http.request_bytes_max</c>).</summary>
internal static class HttpBody
{
    /// <summary>Whether the body is declared as JSON. A web page cannot send that to another site without asking first.</summary>
    public static bool IsJson(HttpRequest request) =>
        request.ContentType is { } type
        && type.StartsWith(HttpAnswer.Json, StringComparison.OrdinalIgnoreCase)
        && (type.Length == HttpAnswer.Json.Length || type[HttpAnswer.Json.Length] is ';' or ' ');

    /// <summary>Reads the whole body and hands it to the parser, without a copy.</summary>
    /// <exception cref="BadHttpRequestException">It is too long (413), or broke off.</exception>
    /// <exception cref="JsonException">The parser's.</exception>
    public static async Task<T> ReadAsync<T>(HttpRequest request, Func<ReadOnlySequence<byte>, T> parse, CancellationToken cancellationToken)
    {
        var reader = request.BodyReader;
        while (true)
        {
            var read = await reader.ReadAsync(cancellationToken);
            if (!read.IsCompleted)
            {
                reader.AdvanceTo(read.Buffer.Start, read.Buffer.End);
                continue;
            }

            try
            {
                return parse(read.Buffer);
            }
            finally
            {
                reader.AdvanceTo(read.Buffer.End);
            }
        }
    }

    /// <summary>The body as an object; an empty body is an empty one.</summary>
    /// <exception cref="RefusedException">It is no JSON object.</exception>
    /// <exception cref="BadHttpRequestException">It is too long (413), or broke off.</exception>
    public static async Task<JsonObject> ReadObjectAsync(HttpContext context)
    {
        try
        {
            return await ReadAsync(context.Request, Parse, context.RequestAborted);
        }
        catch (Exception e) when (e is JsonException or ArgumentException)
        {
            throw new RefusedException(RefusalCode.InvalidArgument, "The body is not valid JSON. Send one JSON object.");
        }
    }

    private static JsonObject Parse(ReadOnlySequence<byte> body)
    {
        if (body.IsEmpty)
        {
            return [];
        }

        var reader = new Utf8JsonReader(body);
        var node = JsonNode.Parse(ref reader);
        if (reader.Read() || node is not JsonObject found)
        {
            throw new RefusedException(RefusalCode.InvalidArgument, "The body is not a JSON object. Send one JSON object.");
        }

        // A name that comes twice is found out only when the object is first looked into.
        _ = found.Count;
        return found;
    }
}
