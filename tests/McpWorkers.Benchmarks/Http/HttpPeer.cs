using System.Diagnostics;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;

namespace McpWorkers.Benchmarks.Http;

/// <summary>The call that is repeated.</summary>
/// <param name="IsModern">By revision 2026-07-28, without a session.</param>
/// <param name="ProgressToken">JSON; null where no progress is asked for.</param>
internal sealed record PeerCall(string Tool, bool IsModern, string Arguments = "{}", string? ProgressToken = null)
{
    public byte[] ToBytes()
    {
        List<string> meta = IsModern
            ? [""" "io.modelcontextprotocol/protocolVersion":"2026-07-28" """, """ "io.modelcontextprotocol/clientCapabilities":{} """]
            : [];
        if (ProgressToken is not null)
        {
            meta.Add($""" "progressToken":{ProgressToken} """);
        }

        string end = meta.Count == 0 ? "" : $$""","_meta":{{{string.Join(',', meta)}}}""";
        return Encoding.UTF8.GetBytes($$$"""{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"{{{Tool}}}","arguments":{{{Arguments}}}{{{end}}}}}""");
    }
}

/// <summary>A bare MCP client over Streamable HTTP, and the server process that it started, whose processor time it reads.</summary>
internal sealed class HttpPeer : IAsyncDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    private readonly Process _process;
    private readonly HttpClient _client;
    private readonly byte[] _body;
    private readonly PeerCall _call;
    private string? _session;

    private HttpPeer(Process process, string url, string? token, PeerCall call)
    {
        _process = process;
        _call = call;
        _body = call.ToBytes();
        _client = new(new SocketsHttpHandler { PooledConnectionIdleTimeout = Limit }) { BaseAddress = new(url), Timeout = Limit };
        _client.DefaultRequestHeaders.Accept.ParseAdd("application/json, text/event-stream");
        _client.DefaultRequestHeaders.Authorization = token is null ? null : new AuthenticationHeaderValue("Bearer", token);
    }

    /// <summary>Processor time of the server until now.</summary>
    public TimeSpan Spent
    {
        get
        {
            _process.Refresh();
            return _process.TotalProcessorTime;
        }
    }

    /// <summary>Starts a server that prints its address, and after a blank its token where it needs one; opens a session where there are such.</summary>
    public static async Task<HttpPeer> StartAsync(PeerCall call, string command, params string[] arguments)
    {
        var start = new ProcessStartInfo(command) { RedirectStandardInput = true, RedirectStandardOutput = true };
        foreach (string argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        var process = Process.Start(start)!;
        string line = await process.StandardOutput.ReadLineAsync().WaitAsync(Limit) ?? throw new InvalidOperationException($"{command} said no address.");
        string[] words = line.Split(' ');
        var peer = new HttpPeer(process, words[0], words.ElementAtOrDefault(1), call);
        if (!call.IsModern)
        {
            await peer.OpenAsync();
        }

        return peer;
    }

    /// <summary>Calls the tool once and reads the whole answer.</summary>
    public async Task CallAsync()
    {
        using var request = Request(new ByteArrayContent(_body));
        using var answer = await _client.SendAsync(request);
        string body = await answer.Content.ReadAsStringAsync();
        if (!answer.IsSuccessStatusCode || !body.Contains("\"result\"", StringComparison.Ordinal))
        {
            throw new InvalidOperationException($"The server refused: {(int)answer.StatusCode} {body}");
        }
    }

    /// <summary>Ends the server by the end of its input.</summary>
    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        _process.StandardInput.Close();
        try
        {
            await _process.WaitForExitAsync().WaitAsync(Limit);
        }
        catch (TimeoutException)
        {
            _process.Kill(entireProcessTree: true);
            throw;
        }
        finally
        {
            _process.Dispose();
        }
    }

    private async Task OpenAsync()
    {
        const string Initialize =
            """{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"benchmark","version":"1"}}}""";
        using var request = Request(new StringContent(Initialize));
        using var answer = await _client.SendAsync(request);
        answer.EnsureSuccessStatusCode();
        _session = answer.Headers.GetValues("Mcp-Session-Id").Single();
        using var opened = Request(new StringContent(new JsonObject { ["jsonrpc"] = "2.0", ["method"] = "notifications/initialized" }.ToJsonString()));
        using var taken = await _client.SendAsync(opened);
        taken.EnsureSuccessStatusCode();
    }

    private HttpRequestMessage Request(HttpContent content)
    {
        content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        var request = new HttpRequestMessage(HttpMethod.Post, (Uri?)null) { Content = content };
        if (_call.IsModern)
        {
            request.Headers.Add("MCP-Protocol-Version", "2026-07-28");
            request.Headers.Add("Mcp-Method", "tools/call");
            request.Headers.Add("Mcp-Name", _call.Tool);
        }
        else if (_session is not null)
        {
            request.Headers.Add("Mcp-Session-Id", _session);
            request.Headers.Add("MCP-Protocol-Version", "2025-11-25");
        }

        return request;
    }
}
