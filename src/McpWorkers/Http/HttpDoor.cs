using McpWorkers.Engine.Model;
using McpWorkers.Engine.Workers;
using McpWorkers.Engine.Storage;
using McpWorkers.Http.Guard;
using McpWorkers.Http.Metrics;
using McpWorkers.Http.Page;
using McpWorkers.Http.Protocol;
using McpWorkers.Http.Rest;
using McpWorkers.Mcp;
using Microsoft.AspNetCore.Http;

namespace McpWorkers.Http;

/// <summary>The door for remote MCP hosts and for programs: Streamable HTTP, REST, and what a Mahavishnu pool speaks.</summary>
internal sealed class HttpDoor : IAsyncDisposable
{
    public const string McpPath = "/mcp";

    // No run inherits anything from a caller over HTTP: it has no directory and no environment here.
    private static readonly Caller Anybody = new() { Kind = "http" };

    private readonly CancellationTokenSource _stopping;
    private readonly BearerTokens _tokens;
    private readonly McpHttpEndpoint _mcp;
    private readonly HttpServer _server;
    private readonly PageCodes _codes;
    private readonly MetricStore _metrics;

    private HttpDoor(
        HttpServer server, PageCodes codes, McpHttpEndpoint mcp, BearerTokens tokens, MetricStore metrics, CancellationTokenSource stopping)
    {
        _metrics = metrics;
        _server = server;
        _codes = codes;
        _mcp = mcp;
        _tokens = tokens;
        _stopping = stopping;
    }

    /// <summary>Where it listens, such as <c>http://127.0.0.1:7433</c>; MCP is at <c>/mcp</c> below it.</summary>
    public string Url => _server.Url;

    /// <summary>Sessions of the older MCP revisions that are open: clients, for a daemon that ends itself when it has none.</summary>
    public int Sessions => _mcp.Sessions.Count;

    /// <summary>The page's address with a code that lets a browser in, once, within a minute. The code is in the fragment, which is sent nowhere.</summary>
    public string NewPageUrl(TokenScope scope)
    {
        // An address that stands for all of them is none that a browser may call by.
        string reachable = Url.TrimEnd('/').Replace("//0.0.0.0:", "//127.0.0.1:", StringComparison.Ordinal).Replace("//[::]:", "//[::1]:", StringComparison.Ordinal);
        return $"{reachable}/#code={_codes.New(scope)}";
    }

    /// <summary>Opens the door. Dispose it to close it: what goes on in the workers goes on.</summary>
    /// <param name="log">For warnings at start and for faults of ours.</param>
    /// <exception cref="RefusedException">The address or the certificate is no good, or the port is taken.</exception>
    public static async Task<HttpDoor> StartAsync(
        WorkerManager manager, McpServerFactory servers, ToolCatalog tools, HttpSettings settings, HttpOptions options, TextWriter log, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(manager);
        var workers = manager.As(Anybody);
        var stopping = new CancellationTokenSource();
        var tokens = new BearerTokens(manager.Tokens, options.Time, options.TokenCache);
        var codes = new PageCodes(options.Time);
        var meter = new RequestMeter(manager.Meter.Meter);
        var metrics = new MetricStore(manager.Meter.Meter);
        var mcp = new McpHttpEndpoint(ServiceOf(servers, tools), settings, options, tokens, stopping.Token);
        try
        {
            IReadOnlyList<Route> routes =
            [
                .. HealthRoutes.Of(workers),
                .. ToolCallRoute.Of(workers, tools, Anybody),
                .. RestRoutes.Of(workers, tools, Anybody),
                .. SystemRoutes.Of(workers),
                .. MetricsRoute.Of(metrics),
                .. HistoryRoutes.Of(workers, "/api/v1", options.Time),
                .. EventRoutes.Of(workers, options, tokens, stopping.Token),
                .. new PageSession(codes, manager.Tokens, tokens, options.Time).Routes(),
            ];
            var router = new Router([.. routes, .. OpenApiRoute.Of(tools, routes)]);
            var server = await HttpServer.StartAsync(
                settings, options, new RequestGuard(settings, tokens, options.Refuses is { } refuses ? new CallerOrigin(refuses) : null),
                context => ServeAsync(context, mcp, router),
                log, cancellationToken, meter);
            foreach (string warning in ListenAddress.Warnings(settings))
            {
                await log.WriteLineAsync($"mcpworkers: {warning}");
            }

            return new(server, codes, mcp, tokens, metrics, stopping);
        }
        catch
        {
            await stopping.CancelAsync();
            await mcp.DisposeAsync();
            tokens.Dispose();
            metrics.Dispose();
            stopping.Dispose();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        // First what would go on for ever, then the server, which waits for what goes on.
        await _stopping.CancelAsync();
        await _server.DisposeAsync();
        await _mcp.DisposeAsync();
        _tokens.Dispose();
        _metrics.Dispose();
        _stopping.Dispose();
    }

    private static Task ServeAsync(HttpContext context, McpHttpEndpoint mcp, Router router)
    {
        CallTrace.Note(context.Request.Headers.TraceParent, context.Request.Headers.TraceState);
        if (context.Request.Path != McpPath)
        {
            return PageFiles.IsAt(context.Request.Path) ? PageFiles.HandleAsync(context) : router.HandleAsync(context);
        }

        RequestMeter.Note(context, McpPath);
        return mcp.HandleAsync(context);
    }

    private static McpService ServiceOf(McpServerFactory servers, ToolCatalog tools) => new()
    {
        NewServer = (transport, toolSets) => servers.Create(transport, Anybody, toolSets: toolSets),
        ServerInfo = McpServerFactory.ServerInfo,
        FindTool = name => tools.Find(name)?.ProtocolTool,
        // The others give prompts to workers: they may take an hour, tell progress, become tasks.
            IsShort = name => tools.Find(name) is { Runs: null },
            IsChosen = (name, toolSets) => tools.Find(name) is { } tool && tools.SetsOf(Anybody, toolSets).Contains(tool.Set),
            CallDirectly = (name, arguments, listener, cancellationToken) => tools.CallAsync(name, arguments, Anybody, listener, cancellationToken),
    };
}
