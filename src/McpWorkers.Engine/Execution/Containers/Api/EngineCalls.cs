using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace McpWorkers.Engine.Execution.Containers.Api;

/// <summary>Calls of the API: versions, bounds, errors. Knows nothing of what is called.</summary>
internal sealed class EngineCalls(EngineAddress address, TimeProvider time) : IDisposable
{
    /// <summary>
    /// The newest that this client was written for. Docker 29 speaks nothing below it, Docker 20.10 nothing above 1.41: so the older of ours
    /// and theirs is spoken, or their oldest where even that is newer than ours.
    /// </summary>
    private static readonly Version Newest = new(1, 44);

    private const int ErrorBytesMax = 64 * 1024;
    private const int AnswerBytesMax = 64 * 1024 * 1024;
    private static readonly TimeSpan AskPatience = TimeSpan.FromSeconds(30);

    private readonly HttpClient _http = EngineConnection.Open(address);
    private readonly SemaphoreSlim _negotiating = new(1, 1);
    private volatile SpokenVersion? _spoken;

    public EngineAddress Address { get; } = address;

    /// <summary>What the engine speaks; asked once and kept.</summary>
    public async Task<SpokenVersion> NegotiateAsync(CancellationToken cancellationToken)
    {
        if (_spoken is { } known)
        {
            return known;
        }

        await _negotiating.WaitAsync(cancellationToken);
        try
        {
            return _spoken ??= await AskVersionAsync(cancellationToken);
        }
        finally
        {
            _negotiating.Release();
        }
    }

    /// <summary>An answer that was good. The bound covers all of it.</summary>
    /// <param name="path">Without the version: <c>containers/json?all=1</c>.</param>
    /// <param name="bound">Null: <c>30 s</c>.</param>
    public async Task<string> AskAsync(HttpMethod method, string path, string call, HttpContent? body = null, TimeSpan? bound = null, CancellationToken cancellationToken = default)
    {
        var patience = bound ?? AskPatience;
        using var limit = new CancellationTokenSource(patience, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            using var answer = await SendAsync(method, path, call, body, either.Token);
            return await ReadAsync(answer, AnswerBytesMax, call, either.Token);
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw EngineFaults.OfSilence(Address.ToString(), call, patience);
        }
    }

    public async Task<T> AskAsync<T>(HttpMethod method, string path, string call, JsonTypeInfo<T> shape, HttpContent? body = null, TimeSpan? bound = null, CancellationToken cancellationToken = default)
        where T : class =>
        Parse(await AskAsync(method, path, call, body, bound, cancellationToken), call, shape);

    /// <summary>A good answer's head; its body comes as long as the engine sends. Without a bound: the token is all there is.</summary>
    public async Task<HttpResponseMessage> SendAsync(HttpMethod method, string path, string call, HttpContent? body, CancellationToken cancellationToken)
    {
        for (bool isFirst = true; ; isFirst = false)
        {
            var spoken = await NegotiateAsync(cancellationToken);
            var answer = await SendOnceAsync(method, $"v{spoken.Api}/{path}", call, body, cancellationToken);
            if (IsGood(answer.StatusCode))
            {
                return answer;
            }

            using (answer)
            {
                string said = await ReadAsync(answer, ErrorBytesMax, call, cancellationToken);
                // Another engine's version listens there since: it was upgraded while we ran.
                if (isFirst && answer.StatusCode == HttpStatusCode.BadRequest && said.Contains("client version", StringComparison.OrdinalIgnoreCase))
                {
                    _spoken = null;
                    continue;
                }

                throw EngineFaults.OfStatus(Address.ToString(), call, answer.StatusCode, said);
            }
        }
    }

    public T Parse<T>(string text, string call, JsonTypeInfo<T> shape)
        where T : class
    {
        try
        {
            return JsonSerializer.Deserialize(text, shape) ?? throw EngineFaults.OfNonsense(Address.ToString(), call, "nothing at all.");
        }
        catch (JsonException e)
        {
            throw EngineFaults.OfNonsense(Address.ToString(), call, text.Length == 0 ? "nothing at all." : Shortened(text), e);
        }
    }

    public static HttpContent Json<T>(T value, JsonTypeInfo<T> shape)
    {
        var content = new ByteArrayContent(JsonSerializer.SerializeToUtf8Bytes(value, shape));
        content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        return content;
    }

    /// <summary>Reading from an answer, with a break of the connection told as the engine's.</summary>
    public async ValueTask<int> ReadAsync(Stream stream, Memory<byte> buffer, string call, CancellationToken cancellationToken)
    {
        try
        {
            return await stream.ReadAsync(buffer, cancellationToken);
        }
        catch (Exception e) when (e is IOException or HttpRequestException)
        {
            throw EngineFaults.OfConnection(Address, call, e);
        }
    }

    public void Dispose()
    {
        _http.Dispose();
        _negotiating.Dispose();
    }

    private static bool IsGood(HttpStatusCode status) => status is >= HttpStatusCode.OK and < HttpStatusCode.Ambiguous or HttpStatusCode.NotModified;

    private async Task<HttpResponseMessage> SendOnceAsync(HttpMethod method, string path, string call, HttpContent? body, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(method, path);
        // Copied: a request disposes of its content, which may be sent once more.
        request.Content = body is null ? null : await CopyAsync(body, cancellationToken);
        try
        {
            return await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            throw EngineFaults.OfConnection(Address, call, e);
        }
        // The handler's own patience for a connection ends like this.
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            throw EngineFaults.OfConnection(Address, call, e);
        }
    }

    private static async Task<HttpContent> CopyAsync(HttpContent body, CancellationToken cancellationToken)
    {
        var copy = new ByteArrayContent(await body.ReadAsByteArrayAsync(cancellationToken));
        copy.Headers.ContentType = body.Headers.ContentType;
        return copy;
    }

    private async Task<string> ReadAsync(HttpResponseMessage answer, int bytesMax, string call, CancellationToken cancellationToken)
    {
        await using var stream = await answer.Content.ReadAsStreamAsync(cancellationToken);
        using var kept = new MemoryStream();
        byte[] buffer = new byte[16 * 1024];
        for (int count; (count = await ReadAsync(stream, buffer, call, cancellationToken)) > 0;)
        {
            if (kept.Length + count > bytesMax)
            {
                // Of an error the beginning is enough.
                if (!IsGood(answer.StatusCode))
                {
                    break;
                }

                throw EngineFaults.OfNonsense(Address.ToString(), call, $"more than {bytesMax / 1024} KB.");
            }

            kept.Write(buffer, 0, count);
        }

        return System.Text.Encoding.UTF8.GetString(kept.GetBuffer(), 0, (int)kept.Length);
    }

    private async Task<SpokenVersion> AskVersionAsync(CancellationToken cancellationToken)
    {
        const string Call = "version";
        using var limit = new CancellationTokenSource(AskPatience, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            using var ping = await SendOnceAsync(HttpMethod.Get, "_ping", Call, null, either.Token);
            bool isPodman = ping.Headers.Contains("Libpod-Api-Version");
            string? theirs = ping.Headers.TryGetValues("Api-Version", out var said) ? said.FirstOrDefault() : null;
            string body = await ReadAsync(ping, ErrorBytesMax, Call, either.Token);
            if (!IsGood(ping.StatusCode))
            {
                throw EngineFaults.OfStatus(Address.ToString(), Call, ping.StatusCode, body);
            }

            using var answer = await SendOnceAsync(HttpMethod.Get, "version", Call, null, either.Token);
            string text = await ReadAsync(answer, ErrorBytesMax, Call, either.Token);
            if (!IsGood(answer.StatusCode))
            {
                throw EngineFaults.OfStatus(Address.ToString(), Call, answer.StatusCode, text);
            }

            var version = Parse(text, Call, EngineJson.Default.WireVersion);
            isPodman |= version.Components?.Any(c => c.Name?.Contains("Podman", StringComparison.OrdinalIgnoreCase) == true) == true;
            return new(isPodman ? EngineKind.Podman : EngineKind.Docker, version.Version ?? "unknown", Choose(theirs ?? version.ApiVersion, version.MinApiVersion));
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw EngineFaults.OfSilence(Address.ToString(), Call, AskPatience);
        }
    }

    private string Choose(string? theirs, string? theirOldest)
    {
        if (!Version.TryParse(theirs, out var newest))
        {
            throw EngineFaults.OfNonsense(Address.ToString(), "version", theirs is null ? "it names no version of its API." : $"'{Shortened(theirs)}' is no version.");
        }

        var chosen = newest < Newest ? newest : Newest;
        return (Version.TryParse(theirOldest, out var oldest) && oldest > chosen ? oldest : chosen).ToString(2);
    }

    private static string Shortened(string text) => text.Length > 200 ? text[..200] + "…" : text;
}

/// <param name="Version">The engine's own.</param>
/// <param name="Api">The API's version that is spoken, such as 1.41.</param>
internal sealed record SpokenVersion(EngineKind Kind, string Version, string Api);
