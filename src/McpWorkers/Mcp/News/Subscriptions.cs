using System.Text.Json.Nodes;
using McpWorkers.Engine.Workers;
using McpWorkers.Mcp.Requests;
using McpWorkers.Mcp.Resources;
using McpWorkers.Mcp.Tasks;
using ModelContextProtocol;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;

namespace McpWorkers.Mcp.News;

/// <summary>
/// <c>subscriptions/listen</c> of revision 2026-07-28: a request that stays open and tells of changed lists, updated resources and tasks.
/// Each notification carries the id of the request; the first says what was granted.
/// </summary>
internal sealed class Subscriptions(WorkerManager manager, WorkerResources resources, WorkerTasks tasks, TimeProvider time)
{
    private const int AskedMax = 1000;

    public void AddTo(McpServerOptions options) => options.Handlers.SubscriptionsListenHandler = ListenAsync;

    private async ValueTask<EmptyResult> ListenAsync(RequestContext<SubscriptionsListenRequestParams> request, CancellationToken cancellationToken)
    {
        var wanted = request.Params?.Notifications ?? new();
        var taskIds = TaskIdsOf(request.JsonRpcRequest);
        if (taskIds.Count > 0 && !TaskCapability.IsDeclaredBy(request.JsonRpcRequest))
        {
            throw TaskCapability.Missing();
        }

        bool asks = ClientQuestions.ShowsForms(request.JsonRpcRequest);
        var interest = new NewsInterest { ResourceList = wanted.ResourcesListChanged == true };
        var uris = await AddUrisAsync(interest, wanted.ResourceSubscriptions ?? [], cancellationToken);
        var granted = await AddTasksAsync(interest, taskIds, cancellationToken);
        var rounds = new NewsRounds(manager, interest, time);

        // Opened before the acknowledgement: nothing is lost between.
        using var news = rounds.Open();
        await SendAsync(NotificationMethods.SubscriptionsAcknowledgedNotification, new JsonObject { ["notifications"] = Granted(wanted, uris, granted) });
        foreach (string taskId in granted)
        {
            // It may have changed before anybody listened, and perhaps for the last time.
            rounds.Add(new(NewsKind.Task, taskId));
        }

        await rounds.RunAsync(news, TellAsync, cancellationToken);
        return new();

        async Task TellAsync(NewsItem item)
        {
            switch (item.Kind)
            {
                case NewsKind.ResourceList:
                    await SendAsync(NotificationMethods.ResourceListChangedNotification, []);
                    break;
                case NewsKind.ResourceUpdated:
                    await SendAsync(NotificationMethods.ResourceUpdatedNotification, new JsonObject { ["uri"] = item.Key });
                    break;
                default:
                    if (await tasks.FindAsync(item.Key, asks, cancellationToken) is { } task)
                    {
                        await SendAsync(WorkerTasks.Notification, task);
                    }

                    break;
            }
        }

        // The sending itself is not cancelled: half a message would spoil the stream for all that follow.
        Task SendAsync(string method, JsonObject parameters)
        {
            parameters["_meta"] = new JsonObject { [MetaKeys.SubscriptionId] = RequestIds.ToJson(request.JsonRpcRequest.Id) };
            return request.Server.SendMessageAsync(new JsonRpcNotification { Method = method, Params = parameters }, CancellationToken.None);
        }
    }

    /// <summary>What is not there is left out of what is granted.</summary>
    private async Task<List<string>> AddUrisAsync(NewsInterest interest, IEnumerable<string> asked, CancellationToken cancellationToken)
    {
        var granted = new List<string>();
        foreach (string uri in Few(asked))
        {
            if (ResourceAddress.TryParse(uri, out var address) && await resources.ExistsAsync(address, cancellationToken))
            {
                interest.Add(uri, address);
                granted.Add(uri);
            }
        }

        return granted;
    }

    private async Task<List<string>> AddTasksAsync(NewsInterest interest, IEnumerable<string> asked, CancellationToken cancellationToken)
    {
        var granted = new List<string>();
        foreach (string taskId in Few(asked))
        {
            if (await manager.FindCallAsync(taskId, cancellationToken) is { } call)
            {
                interest.AddTask(taskId, call.Runs.Select(run => run.RunId));
                granted.Add(taskId);
            }
        }

        return granted;
    }

    private static List<string> Few(IEnumerable<string> asked) => asked.Distinct().Take(AskedMax + 1).ToList() is { Count: <= AskedMax } few
        ? few
        : throw new McpProtocolException($"A subscription may name at most {AskedMax} resources and {AskedMax} tasks.", McpErrorCode.InvalidParams);

    private static List<string> TaskIdsOf(JsonRpcRequest request) => request.Params?["notifications"]?["taskIds"] is JsonArray ids
        ? [.. ids.OfType<JsonValue>().Select(id => id.TryGetValue(out string? text) ? text : "").Where(id => id.Length > 0)]
        : [];

    /// <summary>Tools and prompts never change, so whoever wants to hear of it is granted that.</summary>
    private static JsonObject Granted(SubscriptionsListenNotifications wanted, List<string> uris, List<string> taskIds)
    {
        var granted = new JsonObject();
        if (wanted.ToolsListChanged == true)
        {
            granted["toolsListChanged"] = true;
        }

        if (wanted.PromptsListChanged == true)
        {
            granted["promptsListChanged"] = true;
        }

        if (wanted.ResourcesListChanged == true)
        {
            granted["resourcesListChanged"] = true;
        }

        if (uris.Count > 0)
        {
            granted["resourceSubscriptions"] = new JsonArray([.. uris.Select(uri => (JsonNode)uri)]);
        }

        if (taskIds.Count > 0)
        {
            granted["taskIds"] = new JsonArray([.. taskIds.Select(id => (JsonNode)id)]);
        }

        return granted;
    }
}
