using System.Text.Json.Nodes;
using McpWorkers.Engine.Model;
using McpWorkers.Engine.Workers;
using McpWorkers.Mcp;

namespace McpWorkers.Daemon;

/// <summary>What a run's own MCP server asks the daemon for.</summary>
internal sealed class RunMethods(WorkerManager manager)
{
    public const string Ask = "run/ask";
    public const string Permission = "run/permission";
    public const string Given = "run/delivered";
    public const string Report = "run/report";
    public const string Share = "run/share";

    /// <summary>So long one call is held at most; whoever wants to wait longer asks again under the same key.</summary>
    public static readonly TimeSpan HoldMax = TimeSpan.FromHours(24);

    public IReadOnlyDictionary<string, SessionMethod> For(string runId) => new Dictionary<string, SessionMethod>
    {
        [Ask] = (parameters, cancellationToken) => AskAsync(runId, parameters, cancellationToken),
        [Permission] = (parameters, cancellationToken) => PermissionAsync(runId, parameters, cancellationToken),
        [Given] = (parameters, _) => GivenAsync(runId, parameters),
        [Report] = (parameters, _) => Task.FromResult(ReportOf(runId, parameters)),
        [Share] = (parameters, _) => ShareAsync(runId, parameters),
    };

    /// <summary><c>{key, question, options?, hold_seconds}</c> → <c>{request_id, state, answer?, decided_by?, delivered}</c>; state pending where nobody has decided until then, delivered where the agent has got it.</summary>
    private async Task<JsonObject> AskAsync(string runId, JsonObject parameters, CancellationToken cancellationToken)
    {
        var hold = HoldOf(parameters);
        return await HoldAsync(
            await manager.Voice.AskAsync(runId, Text(parameters, "key"), Text(parameters, "question"), Texts(parameters, "options")), hold, cancellationToken);
    }

    /// <summary><c>{key, tool, input, hold_seconds}</c>, input being JSON as a text → as <see cref="Ask"/>.</summary>
    private async Task<JsonObject> PermissionAsync(string runId, JsonObject parameters, CancellationToken cancellationToken)
    {
        var hold = HoldOf(parameters);
        return await HoldAsync(
            await manager.Voice.AskPermissionAsync(runId, Text(parameters, "key"), Text(parameters, "tool"), Text(parameters, "input")), hold, cancellationToken);
    }

    /// <summary><c>{request_id}</c>: its answer was written to the agent → <c>{noted}</c>, false where that was noted before.</summary>
    private async Task<JsonObject> GivenAsync(string runId, JsonObject parameters) =>
        new() { ["noted"] = await manager.Voice.GivenAsync(runId, Text(parameters, "request_id")) };

    /// <summary><c>{text, percent?}</c>.</summary>
    private JsonObject ReportOf(string runId, JsonObject parameters)
    {
        manager.Voice.Report(runId, Text(parameters, "text"), Number(parameters, "percent") is { } share ? (int)Math.Clamp(share, 0, 100) : null);
        return new() { ["reported"] = true };
    }

    /// <summary><c>{path, description?}</c> → <c>{path, bytes, description}</c>, the path relative to the workspace.</summary>
    private async Task<JsonObject> ShareAsync(string runId, JsonObject parameters) =>
        (await manager.Voice.ShareAsync(runId, Text(parameters, "path"), parameters["description"] is null ? null : Text(parameters, "description"))).ToJson();

    private static TimeSpan HoldOf(JsonObject parameters) => TimeSpan.FromSeconds(Math.Clamp(Number(parameters, "hold_seconds") ?? 0, 0, HoldMax.TotalSeconds));

    private async Task<JsonObject> HoldAsync(WorkerRequest request, TimeSpan hold, CancellationToken cancellationToken)
    {
        var decided = await manager.Voice.HoldAsync(request, hold, cancellationToken) ?? request;
        return new()
        {
            ["request_id"] = decided.RequestId,
            ["state"] = decided.State.ToWire(),
            ["answer"] = decided.Answer,
            ["decided_by"] = decided.DecidedBy,
            ["delivered"] = decided.Delivered is not null,
        };
    }

    private static string Text(JsonObject parameters, string name) => parameters[name] is { } value
        ? TextOf(value) ?? throw Wrong(name, "a text", value)
        : throw new RefusedException(RefusalCode.InvalidArgument, $"{name} is missing.");

    private static string[] Texts(JsonObject parameters, string name) => parameters[name] switch
    {
        null => [],
        JsonArray list => [.. list.Select(each => each is null ? "null" : TextOf(each) ?? (each is JsonValue ? each.ToJsonString() : throw Wrong(name, "a list of texts", each)))],
        var other => throw Wrong(name, "a list of texts", other),
    };

    private static double? Number(JsonObject parameters, string name) => parameters[name] switch
    {
        null => null,
        JsonValue value when value.TryGetValue(out double number) && double.IsFinite(number) => number,
        var other => throw Wrong(name, "a number", other),
    };

    /// <summary>Null where it is none, half a pair of surrogates among it.</summary>
    private static string? TextOf(JsonNode node)
    {
        try
        {
            return node is JsonValue value && value.TryGetValue(out string? text) ? text : null;
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }

    private static RefusedException Wrong(string name, string wanted, JsonNode given) =>
        new(RefusalCode.InvalidArgument, $"{name} must be {wanted}, and is no such thing: {given.GetValueKind()}.");
}
