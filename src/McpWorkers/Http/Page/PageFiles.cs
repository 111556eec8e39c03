using System.Collections.Frozen;
using System.Security.Cryptography;
using McpWorkers.Http.Guard;
using Microsoft.AspNetCore.Http;

namespace McpWorkers.Http.Page;

/// <summary>
/// The page's own files, which are part of the executable: HTML at <c>/</c>, the rest below <c>/page/</c>. They hold nothing of anybody's, so they
/// need no token; all that the page shows it asks for with one.
/// </summary>
internal static class PageFiles
{
    private const string Folder = "/page/";
    private const string Resource = "McpWorkers.Page.";

    /// <summary>
    /// Scripts and styles are ours and files; nothing else is loaded, and nowhere else is anything sent. With trusted types the browser itself
    /// refuses to make HTML of text, whatever a worker says and however the page were wrong.
    /// </summary>
    private const string Policy =
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; "
        + "frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'";

    private static readonly FrozenDictionary<string, PageFile> All = Load().ToFrozenDictionary(file => file.Address, StringComparer.Ordinal);

    public static bool IsAt(PathString path) => path == "/" || path.StartsWithSegments("/page");

    public static async Task HandleAsync(HttpContext context)
    {
        var (request, response) = (context.Request, context.Response);
        if (!All.TryGetValue(request.Path.Value ?? "", out var file))
        {
            await Refusal.WriteAsync(context, 404, "The page has no such file.");
            return;
        }

        if (!HttpMethods.IsGet(request.Method) && !HttpMethods.IsHead(request.Method))
        {
            response.Headers.Allow = "GET, HEAD";
            await Refusal.WriteAsync(context, 405, $"{request.Method} is not allowed here; allowed are GET and HEAD.");
            return;
        }

        response.Headers.ContentSecurityPolicy = Policy;
        response.Headers.XContentTypeOptions = "nosniff";
        response.Headers["Referrer-Policy"] = "no-referrer";
        response.Headers["Cross-Origin-Opener-Policy"] = "same-origin";
        response.Headers["Cross-Origin-Resource-Policy"] = "same-origin";
        // Asked again each time: a page of one version with modules of another would be neither.
        response.Headers.CacheControl = "no-cache";
        response.Headers.ETag = file.Tag;
        if (request.Headers.IfNoneMatch == file.Tag)
        {
            response.StatusCode = StatusCodes.Status304NotModified;
            return;
        }

        response.ContentType = file.Type;
        response.ContentLength = file.Content.Length;
        if (HttpMethods.IsGet(request.Method))
        {
            await response.BodyWriter.WriteAsync(file.Content, context.RequestAborted);
        }
    }

    private static IEnumerable<PageFile> Load()
    {
        var assembly = typeof(PageFiles).Assembly;
        foreach (string name in assembly.GetManifestResourceNames().Where(name => name.StartsWith(Resource, StringComparison.Ordinal)))
        {
            using var stream = assembly.GetManifestResourceStream(name)!;
            byte[] content = new byte[stream.Length];
            stream.ReadExactly(content);
            string file = name[Resource.Length..];
            yield return new(
                file == "index.html" ? "/" : Folder + file, TypeOf(file), content, $"\"{Convert.ToHexStringLower(SHA256.HashData(content).AsSpan(0, 12))}\"");
        }
    }

    private static string TypeOf(string file) => Path.GetExtension(file) switch
    {
        ".html" => "text/html; charset=utf-8",
        ".css" => "text/css; charset=utf-8",
        ".js" => "text/javascript; charset=utf-8",
        ".svg" => "image/svg+xml",
        var other => throw new InvalidOperationException($"'{other}' is no type of the page's files."),
    };

    private sealed record PageFile(string Address, string Type, ReadOnlyMemory<byte> Content, string Tag);
}
