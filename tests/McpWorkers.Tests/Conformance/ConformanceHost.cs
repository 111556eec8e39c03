using System.Text.Json.Nodes;
using McpWorkers.Engine.Model;
using McpWorkers.Engine.Storage;
using McpWorkers.Http;
using McpWorkers.Http.Guard;
using McpWorkers.Http.Protocol;
using McpWorkers.Tests.Conformance.Fixtures;
using ModelContextProtocol;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;

#pragma warning disable MCP9005, MCP9006 // The suites test what is deprecated too.

namespace McpWorkers.Tests.Conformance;

/// <summary>
/// The product's HTTP server, guard and endpoint, with the tools that the conformance suites look for in the place of ours. The suites know
/// no tokens, so none is needed here; Host and Origin are checked as in the product.
/// </summary>
internal sealed class ConformanceHost : IAsyncDisposable
{
    private const string Modern = "2026-07-28";

    private static readonly Implementation Info = new() { Name = "conformance", Version = "1" };

    private readonly CancellationTokenSource _stopping = new();
    private readonly FixtureSet _fixtures = new();
    private readonly BearerTokens _tokens = new(new NoTokens(), TimeProvider.System, TimeSpan.FromSeconds(1));
    private readonly McpHttpEndpoint _endpoint;
    private readonly StringWriter _log = new();
    private HttpServer? _server;

    private ConformanceHost(HttpSettings settings, HttpOptions options) => _endpoint = new(
        new()
        {
            NewServer = (transport, _) => new(McpServer.Create(transport, NewOptions())),
            ServerInfo = Info,
            FindTool = name => _fixtures.Tools.TryGetPrimitive(name, out var tool) ? tool.ProtocolTool : null,
        },
        settings, options, _tokens, _stopping.Token);

    public string Url => $"{_server!.Url}{HttpDoor.McpPath}";

    /// <summary>Faults of ours; empty where there were none.</summary>
    public string Log => _log.ToString();

    public static async Task<ConformanceHost> StartAsync()
    {
        var settings = new HttpSettings { Port = 0, TokenOnLoopback = false };
        var options = new HttpOptions();
        var host = new ConformanceHost(settings, options);
        host._server = await HttpServer.StartAsync(
            settings, options, new RequestGuard(settings, host._tokens), host._endpoint.HandleAsync, host._log, CancellationToken.None);
        return host;
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _server!.DisposeAsync();
        await _endpoint.DisposeAsync();
        _tokens.Dispose();
        _stopping.Dispose();
    }

    private McpServerOptions NewOptions()
    {
        var options = new McpServerOptions
        {
            ServerInfo = Info,
            Capabilities = new()
            {
                Tools = new() { ListChanged = true },
                Prompts = new() { ListChanged = true },
                Resources = new() { ListChanged = true, Subscribe = true },
                Logging = new(),
                Completions = new(),
                Extensions = new Dictionary<string, object> { [FixtureTasks.Extension] = new JsonObject() },
            },
            ToolCollection = _fixtures.Tools,
            PromptCollection = _fixtures.Prompts,
            ResourceCollection = _fixtures.Resources,
            ScopeRequests = false,
        };
        options.Handlers.CompleteHandler = (_, _) => new(new CompleteResult { Completion = new() { Values = ["paris", "park", "party"], Total = 3, HasMore = false } });
        options.Handlers.SubscribeToResourcesHandler = (_, _) => new(new EmptyResult());
        options.Handlers.UnsubscribeFromResourcesHandler = (_, _) => new(new EmptyResult());
        options.Handlers.SetLoggingLevelHandler = (_, _) => new(new EmptyResult());
        options.Handlers.SubscriptionsListenHandler = (request, cancellationToken) => ChangeFixtures.ListenAsync(_fixtures, request, cancellationToken);
        options.Filters.Request.ReadResourceFilters.Add(next => (request, cancellationToken) =>
            _fixtures.Resources.Any(resource => resource.IsMatch(request.Params?.Uri ?? "")) ? next(request, cancellationToken) : throw NotFound(request));
        options.Filters.Request.CallToolFilters.Add(next => async (request, cancellationToken) =>
        {
            if (request.Params?.Name == "test_reconnection" && request.JsonRpcRequest.Context?.ProtocolVersion != Modern)
            {
                await request.EnablePollingAsync(TimeSpan.FromMilliseconds(500), cancellationToken);
            }

            return await next(request, cancellationToken);
        });
        _fixtures.Tasks.Configure(options);
        return options;
    }

    private static McpProtocolException NotFound(RequestContext<ReadResourceRequestParams> request)
    {
        var code = request.JsonRpcRequest.Context?.ProtocolVersion == Modern ? McpErrorCode.InvalidParams : McpErrorCode.ResourceNotFound;
        var refusal = new McpProtocolException($"Resource not found: {request.Params?.Uri}", code);
        refusal.Data["uri"] = request.Params?.Uri;
        return refusal;
    }

    private sealed class NoTokens : ITokenStore
    {
        public Task<bool> AddAsync(StoredToken token) => throw new NotSupportedException();

        public Task<IReadOnlyList<StoredToken>> ListAsync(CancellationToken cancellationToken) => Task.FromResult<IReadOnlyList<StoredToken>>([]);

        public Task<bool> RemoveAsync(string name) => throw new NotSupportedException();

        public Task UsedAsync(string name, DateTimeOffset at) => throw new NotSupportedException();
    }
}
