using System.Text.Json.Nodes;
using System.Threading.Channels;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;

namespace McpWorkers.Tests.Conformance.Fixtures;

/// <summary>Tools that change the lists, and the stream by which subscribers learn of it (<c>subscriptions/listen</c>).</summary>
internal static class ChangeFixtures
{
    public static void AddTo(FixtureSet set)
    {
        int number = 0;
        set.Tool("test_trigger_tool_change", _ =>
        {
            set.Tool($"dynamic_{Interlocked.Increment(ref number)}", _ => "x");
            return "changed";
        });
        set.Tool("test_trigger_prompt_change", _ =>
        {
            set.Prompts.Add(new FixturePrompt($"dynamic_{Interlocked.Increment(ref number)}", [], _ => FixturePrompt.Say("x")));
            return "changed";
        });
    }

    public static async ValueTask<EmptyResult> ListenAsync(
        FixtureSet set, RequestContext<SubscriptionsListenRequestParams> request, CancellationToken cancellationToken)
    {
        var wanted = request.Params?.Notifications ?? new();
        var tasks = (request.JsonRpcRequest.Params?["notifications"]?["taskIds"] as JsonArray ?? []).Select(id => id!.GetValue<string>()).ToHashSet();
        var granted = new JsonObject();
        Grant("toolsListChanged", wanted.ToolsListChanged == true);
        Grant("promptsListChanged", wanted.PromptsListChanged == true);
        Grant("resourcesListChanged", wanted.ResourcesListChanged == true);
        if (wanted.ResourceSubscriptions is { Count: > 0 } uris)
        {
            granted["resourceSubscriptions"] = new JsonArray([.. uris.Select(uri => (JsonNode)uri)]);
        }

        if (tasks.Count > 0)
        {
            granted["taskIds"] = new JsonArray([.. tasks.Select(id => (JsonNode)id)]);
        }

        // Before it is acknowledged: nothing is lost in between.
        using var changes = set.Changes.Subscribe();
        await SendAsync(NotificationMethods.SubscriptionsAcknowledgedNotification, new() { ["notifications"] = granted });
        await foreach (var change in changes.Reader.ReadAllAsync(cancellationToken))
        {
            await (change.Kind switch
            {
                ChangeKind.Tools when wanted.ToolsListChanged == true => SendAsync(NotificationMethods.ToolListChangedNotification, []),
                ChangeKind.Prompts when wanted.PromptsListChanged == true => SendAsync(NotificationMethods.PromptListChangedNotification, []),
                ChangeKind.Resources when wanted.ResourcesListChanged == true => SendAsync(NotificationMethods.ResourceListChangedNotification, []),
                ChangeKind.Task when tasks.Contains(change.Task!.Id) => SendAsync("notifications/tasks", change.Task.ToJson(resultType: null)),
                _ => Task.CompletedTask,
            });
        }

        return new EmptyResult();

        void Grant(string name, bool isGranted)
        {
            if (isGranted)
            {
                granted[name] = true;
            }
        }

        Task SendAsync(string method, JsonObject parameters)
        {
            var id = request.JsonRpcRequest.Id;
            parameters["_meta"] = new JsonObject { [MetaKeys.SubscriptionId] = id.Id is long number ? number : (JsonNode)id.ToString() };
            return request.Server.SendMessageAsync(new JsonRpcNotification { Method = method, Params = parameters }, cancellationToken);
        }
    }
}

internal enum ChangeKind
{
    Tools,
    Prompts,
    Resources,
    Task,
}

internal sealed record Change(ChangeKind Kind, FixtureTask? Task = null);

/// <summary>Tells changes to whoever listens.</summary>
internal sealed class Changes
{
    private readonly Lock _lock = new();
    private readonly List<Channel<Change>> _listeners = [];

    public void Tell(Change change)
    {
        lock (_lock)
        {
            _listeners.ForEach(listener => listener.Writer.TryWrite(change));
        }
    }

    public Listener Subscribe()
    {
        var channel = Channel.CreateBounded<Change>(new BoundedChannelOptions(1024) { FullMode = BoundedChannelFullMode.DropOldest });
        lock (_lock)
        {
            _listeners.Add(channel);
        }

        return new(channel.Reader, () =>
        {
            lock (_lock)
            {
                _listeners.Remove(channel);
            }
        });
    }

    internal sealed class Listener(ChannelReader<Change> reader, Action end) : IDisposable
    {
        public ChannelReader<Change> Reader { get; } = reader;

        public void Dispose() => end();
    }
}
