using System.Text.Json.Nodes;
using McpWorkers.Engine.Workers;
using McpWorkers.Mcp.Resources;
using ModelContextProtocol;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;

namespace McpWorkers.Mcp.News;

/// <summary>
/// What a session of revision 2025-11-25 or before is told unasked: that the list of resources changed, and updates of those it subscribed
/// to. Later revisions ask for both with <c>subscriptions/listen</c>.
/// </summary>
internal sealed class SessionNews : IAsyncDisposable
{
    private const int SubscriptionsMax = 1000;
    private readonly WorkerResources _resources;
    private readonly NewsInterest _interest = new();
    private readonly NewsRounds _rounds;
    private readonly CancellationTokenSource _over = new();
    private readonly Lock _lock = new();
    private McpServer? _server;
    private Task? _telling;

    public SessionNews(WorkerManager manager, WorkerResources resources, TimeProvider time)
    {
        _resources = resources;
        _rounds = new(manager, _interest, time);
    }

    public void AddTo(McpServerOptions options)
    {
        options.Handlers.SubscribeToResourcesHandler = SubscribeAsync;
        options.Handlers.UnsubscribeFromResourcesHandler = UnsubscribeAsync;
        options.Handlers.NotificationHandlers =
        [
            .. options.Handlers.NotificationHandlers ?? [],
            new(NotificationMethods.InitializedNotification, (_, _) =>
            {
                _interest.ResourceList = true;
                Begin();
                return ValueTask.CompletedTask;
            }),
        ];
    }

    /// <summary>Through which server the client is told. The one of a request would not do: over HTTP it speaks to that request alone.</summary>
    public void Through(McpServer server) => _server = server;

    public async ValueTask DisposeAsync()
    {
        await _over.CancelAsync();
        if (_telling is { } telling)
        {
            await telling;
        }

        _over.Dispose();
    }

    private async ValueTask<EmptyResult> SubscribeAsync(RequestContext<SubscribeRequestParams> request, CancellationToken cancellationToken)
    {
        string uri = request.Params?.Uri ?? "";
        if (!ResourceAddress.TryParse(uri, out var address) || !await _resources.ExistsAsync(address, cancellationToken))
        {
            throw WorkerResources.NotFound(uri, $"There is no such resource. There are {ResourceForms.Names}.");
        }

        if (_interest.UriCount >= SubscriptionsMax)
        {
            throw new McpProtocolException(
                $"{uri}: this session has {SubscriptionsMax} subscriptions already; unsubscribe from some first.", McpErrorCode.InvalidParams);
        }

        _interest.Add(uri, address);
        Begin();
        return new();
    }

    private ValueTask<EmptyResult> UnsubscribeAsync(RequestContext<UnsubscribeRequestParams> request, CancellationToken cancellationToken)
    {
        if (ResourceAddress.TryParse(request.Params?.Uri ?? "", out var address))
        {
            _interest.Remove(request.Params!.Uri, address);
        }

        return ValueTask.FromResult(new EmptyResult());
    }

    private void Begin()
    {
        lock (_lock)
        {
            if (_server is { } server && !_over.IsCancellationRequested)
            {
                _telling ??= TellAsync(server);
            }
        }
    }

    private async Task TellAsync(McpServer server)
    {
        using var news = _rounds.Open();
        try
        {
            // The sending itself is not cancelled: half a message would spoil the stream for all that follow.
            await _rounds.RunAsync(
                news,
                item => server.SendMessageAsync(
                    item.Kind == NewsKind.ResourceList
                        ? new JsonRpcNotification { Method = NotificationMethods.ResourceListChangedNotification }
                        : new JsonRpcNotification { Method = NotificationMethods.ResourceUpdatedNotification, Params = new JsonObject { ["uri"] = item.Key } },
                    CancellationToken.None),
                _over.Token);
        }
        catch (OperationCanceledException) when (_over.IsCancellationRequested)
        {
            // The session is over.
        }
#pragma warning disable CA1031 // Each transport fails in its own way once its client is gone; there is nobody left to tell.
        catch (Exception)
#pragma warning restore CA1031
        {
        }
    }
}
