using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using McpWorkers.Engine.Model;
using McpWorkers.Engine.Storage;
using McpWorkers.Engine.Tasks;
using McpWorkers.Http;
using McpWorkers.Mcp;
using McpWorkers.Tests.Mcp;

namespace McpWorkers.Tests.Http;

/// <summary>The HTTP door over workers of <see cref="EchoAgent"/>, on a port of its own, with a client that knows its token.</summary>
internal sealed class OpenDoor : IAsyncDisposable
{
    private readonly EchoServer _server;
    private readonly HttpDoor _door;
    private readonly List<HttpClient> _clients = [];

    private OpenDoor(EchoServer server, HttpDoor door, string token)
    {
        _server = server;
        _door = door;
        Token = token;
        Client = NewClient(token);
    }

    /// <summary>Its token has the scope operate.</summary>
    public HttpClient Client { get; }

    public string Token { get; }

    public string Url => _door.Url;

    public HttpDoor Door => _door;

    public EchoServer Server => _server;

    public StringWriter Log { get; private init; } = new();

    /// <summary>Null where it was opened without a queue.</summary>
    public TaskManager? Tasks { get; private init; }

    public static async Task<OpenDoor> StartAsync(
        Func<HttpSettings, HttpSettings>? change = null, HttpOptions? options = null, Func<HostSettings, HostSettings>? host = null, bool queue = false)
    {
        var server = new EchoServer(host);
        var settings = change?.Invoke(new HttpSettings { Port = 0 }) ?? new HttpSettings { Port = 0 };
        var log = new StringWriter();
        var tasks = queue ? await TaskManager.OpenAsync(server.Manager) : null;
        var tools = new ToolCatalog(server.Manager, log, TimeProvider.System, tasks);
        try
        {
            var door = await HttpDoor.StartAsync(
                server.Manager, new McpServerFactory(server.Manager, tools, log, TimeProvider.System), tools, settings, options ?? new(), log, CancellationToken.None);
            return new(server, door, await AddTokenAsync(server, "tests", TokenScope.Operate, expires: null)) { Log = log, Tasks = tasks };
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    public Task<string> AddTokenAsync(string name, TokenScope scope, DateTimeOffset? expires = null) => AddTokenAsync(_server, name, scope, expires);

    /// <param name="token">Null for none.</param>
    public HttpClient NewClient(string? token)
    {
        var client = new HttpClient { BaseAddress = new(Url), Timeout = TimeSpan.FromSeconds(30) };
        client.DefaultRequestHeaders.Authorization = token is null ? null : new AuthenticationHeaderValue("Bearer", token);
        _clients.Add(client);
        return client;
    }

    public async Task<JsonNode?> GetAsync(string path) => JsonNode.Parse(await Client.GetStringAsync(path));

    public Task<HttpResponseMessage> PostAsync(string path, string json) => Client.PostAsync(path, Json(json));

    public static StringContent Json(string json) => new(json, new MediaTypeHeaderValue("application/json"));

    /// <summary>The body of a success.</summary>
    public static async Task<JsonNode?> BodyAsync(HttpResponseMessage response) => JsonNode.Parse(await response.Content.ReadAsStringAsync());

    public async ValueTask DisposeAsync()
    {
        _server.Launcher.Release();
        _clients.ForEach(client => client.Dispose());
        await _door.DisposeAsync();
        await (Tasks?.DisposeAsync() ?? ValueTask.CompletedTask);
        await _server.DisposeAsync();
    }

    private static async Task<string> AddTokenAsync(EchoServer server, string name, TokenScope scope, DateTimeOffset? expires = null)
    {
        string token = "mcpw_" + Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));
        string hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(token)));
        await server.Manager.Tokens.AddAsync(new(name, hash, scope, TimeProvider.System.GetUtcNow(), expires));
        return token;
    }
}
