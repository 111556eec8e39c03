using System.Text.Json.Nodes;
using McpWorkers.Engine.Model;
using McpWorkers.Engine.Workers;

namespace McpWorkers.Daemon;

/// <summary>What only the user may ask about workspaces, so that it is no tool: trust in a repository's commands, and removing what nobody needs.</summary>
internal sealed class WorkspaceMethods(WorkerManager manager)
{
    /// <summary><c>{directory}</c> → <c>{trusted: [line]}</c>.</summary>
    public async Task<JsonObject> TrustAsync(JsonObject parameters, CancellationToken cancellationToken)
    {
        string directory = parameters["directory"] is JsonValue value && value.TryGetValue(out string? text) && Path.IsPathFullyQualified(text)
            ? text
            : throw new RefusedException(RefusalCode.InvalidArgument, "'directory' is missing; it must be an absolute path.");
        var trusted = await manager.Workspaces.TrustAsync(directory, cancellationToken);
        return new() { ["trusted"] = new JsonArray([.. trusted.Select(line => (JsonNode)line)]) };
    }

    /// <summary><c>{}</c> → <c>{removed: [id], kept: {id: why}}</c>.</summary>
    public async Task<JsonObject> PruneAsync(JsonObject parameters, CancellationToken cancellationToken)
    {
        var pruned = await manager.Workspaces.PruneAsync(cancellationToken);
        return new()
        {
            ["removed"] = new JsonArray([.. pruned.Removed.Select(id => (JsonNode)id)]),
            ["kept"] = new JsonObject(pruned.Kept.Select(kept => KeyValuePair.Create(kept.Key, (JsonNode?)kept.Value))),
        };
    }
}
