using System.Collections.Concurrent;
using System.Text.Json;
using System.Text.Json.Nodes;
using McpWorkers.Daemon;
using McpWorkers.Engine.Model;
using McpWorkers.Engine.Requests;
using McpWorkers.Engine.Workers.Hosting;
using McpWorkers.Engine.Workers.Runs;
using ModelContextProtocol;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;

namespace McpWorkers.Voice;

/// <summary>The tools of a run's own MCP server.</summary>
/// <param name="hold">How long a call is held for an answer.</param>
/// <param name="runDirectory">Where it is noted which answers the agent has got; null where the daemon alone is told.</param>
/// <param name="groups">Which of them there are: <see cref="RunServer.ToolsVariable"/>.</param>
internal sealed class VoiceTools(IVoiceLink link, TimeSpan hold, IReadOnlyCollection<string> groups, TimeProvider time, string? runDirectory = null)
{
    private const string AskController = "ask_controller";
    private const string ReportProgress = "report_progress";
    private const string ShareArtifact = "share_artifact";

    /// <summary>Some clients wait on as long as they hear of progress.</summary>
    private static readonly TimeSpan SignOfLife = TimeSpan.FromSeconds(15);

    /// <summary>For what is nice to have: the work is not held up for it.</summary>
    private static readonly TimeSpan ReportPatience = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan SharePatience = TimeSpan.FromSeconds(30);

    /// <summary>Keys of one server are told apart from those of the next one of the same run.</summary>
    private readonly string _keys = Guid.NewGuid().ToString("N")[..16];
    private int _asked;

    /// <summary>Decisions that the agent is about to be told, by the call that they answer.</summary>
    private readonly ConcurrentDictionary<RequestId, string> _told = [];

    public IReadOnlyList<Tool> List { get; } =
    [
        .. groups.Contains(RunServer.Questions) ? Voices : [],
        .. groups.Contains(RunServer.Permissions) ? [Prompt] : Array.Empty<Tool>(),
    ];

    private static Tool[] Voices =>
    [
        ToolOf(
            AskController,
            "Asks whoever gave you this work a question and waits for the answer. Ask where you cannot go on without knowing, or before something that cannot be undone; say in the question all that is needed to answer it. "
            + "An answer may take long. If it has not come yet you are told so: then end your turn, and you will be called again with the answer.",
            """{"type":"object","properties":{"question":{"type":"string","description":"At most 16 KiB."},"options":{"type":"array","items":{"type":"string"},"maxItems":20,"description":"Answers that you propose, each of at most 200 characters; another one may be given."}},"required":["question"]}"""),
        ToolOf(
            ReportProgress,
            "Tells in a line how far you are. Nobody answers.",
            """{"type":"object","properties":{"text":{"type":"string","description":"One line."},"percent":{"type":"number","minimum":0,"maximum":100}},"required":["text"]}"""),
        ToolOf(
            ShareArtifact,
            "Points out a file in your workspace that you made and that is worth looking at, such as a report. It stands in your result then.",
            """{"type":"object","properties":{"path":{"type":"string","description":"Within your workspace."},"description":{"type":"string","description":"What it is, in a line."}},"required":["path"]}"""),
    ];

    private static Tool Prompt => ToolOf(
        RunServer.PermissionTool,
        "Called by the program that you run in, before a tool is used: asks whether it may be. There is no need to call it yourself.",
        """{"type":"object","properties":{"tool_name":{"type":"string"},"input":{"type":"object"},"tool_use_id":{"type":"string"}},"required":["tool_name","input"]}""");

    public async ValueTask<CallToolResult> CallAsync(RequestContext<CallToolRequestParams> context, CancellationToken cancellationToken)
    {
        var arguments = context.Params?.Arguments ?? new Dictionary<string, JsonElement>();
        string name = List.FirstOrDefault(tool => tool.Name == context.Params?.Name)?.Name
            ?? throw new McpProtocolException($"There is no tool '{context.Params?.Name}' here. There are: {string.Join(", ", List.Select(tool => tool.Name))}.", McpErrorCode.InvalidParams);
        await using var alive = SignsOfLife(context);
        try
        {
            return name switch
            {
                AskController => Say(await AskAsync(context.JsonRpcRequest.Id, arguments, cancellationToken)),
                ReportProgress => Say(await ReportAsync(arguments, cancellationToken)),
                ShareArtifact => Say(await ShareAsync(arguments, cancellationToken)),
                _ => Say(await PermitAsync(context.JsonRpcRequest.Id, arguments, cancellationToken)),
            };
        }
        catch (RefusedException refused) when (name != RunServer.PermissionTool)
        {
            return Say(refused.Message, isError: true);
        }
        catch (RefusedException refused)
        {
            return Say(VoiceAnswers.Denial(refused.Message));
        }
    }

    /// <summary>
    /// To be called once the answer to a call was written. It is noted beside the run at once, since the agent may end the next moment, and no daemon
    /// need be there; the daemon is told when it can be.
    /// </summary>
    public void Sent(RequestId call)
    {
        if (!_told.TryRemove(call, out string? requestId))
        {
            return;
        }

        if (runDirectory is not null)
        {
            GivenAnswers.Note(runDirectory, requestId);
        }

        _ = TellGivenAsync(requestId);
    }

    private async Task TellGivenAsync(string requestId)
    {
        try
        {
            await link.CallAsync(RunMethods.Given, new JsonObject { ["request_id"] = requestId }, hold, CancellationToken.None);
        }
        catch (RefusedException)
        {
            // The run is over; what it got stands in its directory.
        }
    }

    private async Task<string> AskAsync(RequestId call, IDictionary<string, JsonElement> arguments, CancellationToken cancellationToken)
    {
        var parameters = new JsonObject { ["key"] = NextKey(), ["question"] = Text(arguments, "question") };
        if (arguments.TryGetValue("options", out var options) && options.ValueKind == JsonValueKind.Array)
        {
            parameters["options"] = JsonNode.Parse(options.GetRawText());
        }

        return VoiceAnswers.OfQuestion(await HoldAsync(call, RunMethods.Ask, parameters, cancellationToken));
    }

    private async Task<string> PermitAsync(RequestId call, IDictionary<string, JsonElement> arguments, CancellationToken cancellationToken)
    {
        string input = arguments.TryGetValue("input", out var json) && json.ValueKind == JsonValueKind.Object ? json.GetRawText() : "{}";
        if (System.Text.Encoding.UTF8.GetByteCount(input) > RequestDraft.InputBytesMax)
        {
            return VoiceAnswers.Denial("Its input is too long to be looked at by anybody.");
        }

        var parameters = new JsonObject { ["key"] = KeyOf(arguments) ?? NextKey(), ["tool"] = Text(arguments, "tool_name"), ["input"] = input };
        return VoiceAnswers.OfPermission(await HoldAsync(call, RunMethods.Permission, parameters, cancellationToken), input);
    }

    private async Task<string> ReportAsync(IDictionary<string, JsonElement> arguments, CancellationToken cancellationToken)
    {
        var parameters = new JsonObject { ["text"] = Text(arguments, "text") };
        if (arguments.TryGetValue("percent", out var percent) && percent.ValueKind == JsonValueKind.Number)
        {
            parameters["percent"] = percent.GetDouble();
        }

        return await link.CallAsync(RunMethods.Report, parameters, ReportPatience, cancellationToken) is null
            ? "Nobody listens at the moment; go on."
            : "Reported.";
    }

    private async Task<string> ShareAsync(IDictionary<string, JsonElement> arguments, CancellationToken cancellationToken)
    {
        var parameters = new JsonObject { ["path"] = Text(arguments, "path") };
        if (arguments.TryGetValue("description", out var description) && description.ValueKind == JsonValueKind.String)
        {
            parameters["description"] = description.GetString();
        }

        return await link.CallAsync(RunMethods.Share, parameters, SharePatience, cancellationToken) is { } shared
            ? $"Shared: {(string?)shared["path"]} ({(long?)shared["bytes"]} bytes)."
            : throw new RefusedException(RefusalCode.Unsupported, "Nobody listens at the moment. Name the file in your last answer instead.");
    }

    /// <summary>Asks first and waits then: once it is asked, it stays asked, whatever becomes of this call.</summary>
    /// <param name="call">The agent's.</param>
    /// <returns>Null where nobody could be asked in all that time.</returns>
    private async Task<JsonObject?> HoldAsync(RequestId call, string method, JsonObject parameters, CancellationToken cancellationToken)
    {
        var told = await HoldAsync(method, parameters, cancellationToken);
        if ((string?)told?["request_id"] is { } requestId && (string?)told["state"] != RequestState.Pending.ToWire() && (bool?)told["delivered"] != true)
        {
            _told[call] = requestId;
        }

        return told;
    }

    private async Task<JsonObject?> HoldAsync(string method, JsonObject parameters, CancellationToken cancellationToken)
    {
        long begun = time.GetTimestamp();
        parameters["hold_seconds"] = 0;
        var asked = await link.CallAsync(method, parameters, hold, cancellationToken);
        var left = hold - time.GetElapsedTime(begun);
        if (asked is null || (string?)asked["state"] != RequestState.Pending.ToWire() || left <= TimeSpan.Zero)
        {
            return asked;
        }

        parameters["hold_seconds"] = left.TotalSeconds;
        return await link.CallAsync(method, parameters, left, cancellationToken) ?? asked;
    }

    private string NextKey() => $"{_keys}.{Interlocked.Increment(ref _asked)}";

    /// <summary>The agent's own id of the call that is to be allowed: who asks about the same one twice gets the same answer.</summary>
    private static string? KeyOf(IDictionary<string, JsonElement> arguments) =>
        arguments.TryGetValue("tool_use_id", out var id) && id.ValueKind == JsonValueKind.String && id.GetString() is { Length: > 0 and <= 150 } key
        && key.All(character => char.IsAsciiLetterOrDigit(character) || character is '_' or '-')
            ? key
            : null;

    private IAsyncDisposable SignsOfLife(RequestContext<CallToolRequestParams> context)
    {
        if (context.Params?.ProgressToken is not { } token)
        {
            return NoSigns.Instance;
        }

        float count = 0;
        return time.CreateTimer(_ => _ = TellAsync(), null, SignOfLife, SignOfLife);

        async Task TellAsync()
        {
            try
            {
                await context.Server.NotifyProgressAsync(token, new ProgressNotificationValue { Progress = ++count, Message = "waits for an answer" });
            }
            catch (Exception e) when (e is IOException or InvalidOperationException or ObjectDisposedException)
            {
                // The agent went away.
            }
        }
    }

    private static string Text(IDictionary<string, JsonElement> arguments, string name) =>
        arguments.TryGetValue(name, out var value) && value.ValueKind == JsonValueKind.String
            ? value.GetString()!
            : throw new RefusedException(RefusalCode.InvalidArgument, $"{name} is missing, or no text.");

    private static CallToolResult Say(string text, bool isError = false) => new() { Content = [new TextContentBlock { Text = text }], IsError = isError };

    private static Tool ToolOf(string name, string description, string schema)
    {
        using var parsed = JsonDocument.Parse(schema);
        return new() { Name = name, Description = description, InputSchema = parsed.RootElement.Clone() };
    }

    private sealed class NoSigns : IAsyncDisposable
    {
        public static NoSigns Instance { get; } = new();

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
