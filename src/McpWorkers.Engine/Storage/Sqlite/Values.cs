using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using McpWorkers.Engine.Model;

namespace McpWorkers.Engine.Storage.Sqlite;

/// <summary>How our types go into columns.</summary>
internal static class Values
{
    public static object? Prompt(string? prompt) => prompt is null ? null : Encoding.UTF8.GetBytes(prompt);

    public static object? Time(DateTimeOffset? time) => time?.UtcTicks;

    public static string Money(decimal money) => money.ToString(CultureInfo.InvariantCulture);

    /// <summary>Null for none.</summary>
    public static string? Usage(Usage usage) => usage == Model.Usage.None ? null : new JsonObject
    {
        ["input"] = usage.Input,
        ["cached"] = usage.Cached,
        ["cache_write"] = usage.CacheWrite,
        ["output"] = usage.Output,
        ["reasoning"] = usage.Reasoning,
        ["input_includes_cached"] = usage.InputIncludesCached,
    }.ToJsonString();

    public static Usage Usage(JsonNode? json)
    {
        try
        {
            return json is null ? Model.Usage.None : new(
                json["input"]!.GetValue<long>(),
                json["cached"]!.GetValue<long>(),
                json["cache_write"]!.GetValue<long>(),
                json["output"]!.GetValue<long>(),
                json["reasoning"]!.GetValue<long>(),
                json["input_includes_cached"]!.GetValue<bool>());
        }
        catch (Exception e) when (e is NullReferenceException or InvalidOperationException or FormatException)
        {
            throw new UnreadableRowException("A worker's usage cannot be read.", e);
        }
    }

    public static WorkerStatus Status(string name) =>
        WorkerStatusNames.TryParse(name, out var status) ? status : throw new UnreadableRowException($"'{name}' is no status.");

    public static Permission? Permission(string? name) =>
        name is null ? null
        : PermissionNames.TryParse(name, out var permission) ? permission
        : throw new UnreadableRowException($"'{name}' is no permission.");

    public static string State(RunState state) => state switch
    {
        RunState.Accepted => "accepted",
        RunState.Launched => "launched",
        RunState.Settled => "settled",
        _ => throw new ArgumentOutOfRangeException(nameof(state), state, null),
    };

    public static RunState State(string name) => name switch
    {
        "accepted" => RunState.Accepted,
        "launched" => RunState.Launched,
        "settled" => RunState.Settled,
        _ => throw new UnreadableRowException($"'{name}' is no state of a run."),
    };

    public static string Scope(TokenScope scope) => scope switch
    {
        TokenScope.Read => "read",
        TokenScope.Operate => "operate",
        TokenScope.Admin => "admin",
        _ => throw new ArgumentOutOfRangeException(nameof(scope), scope, null),
    };

    public static TokenScope Scope(string name) => name switch
    {
        "read" => TokenScope.Read,
        "operate" => TokenScope.Operate,
        "admin" => TokenScope.Admin,
        _ => throw new UnreadableRowException($"'{name}' is no scope."),
    };
}
