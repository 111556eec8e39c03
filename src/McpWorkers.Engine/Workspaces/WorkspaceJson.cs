using System.Text.Json;
using System.Text.Json.Serialization;
using McpWorkers.Engine.Model;
using McpWorkers.Engine.Workspaces.Trash;

namespace McpWorkers.Engine.Workspaces;

/// <summary>The files of this folder as JSON.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    WriteIndented = true,
    Converters = [typeof(WorkspaceKindConverter), typeof(WorkspaceStateConverter), typeof(ImagePullConverter)])]
[JsonSerializable(typeof(Workspace))]
[JsonSerializable(typeof(TrashEntry))]
[JsonSerializable(typeof(SnapshotManifest))]
[JsonSerializable(typeof(Removal))]
[JsonSerializable(typeof(Dictionary<string, string>))]
internal sealed partial class WorkspaceJson : JsonSerializerContext
{
    internal sealed class WorkspaceKindConverter() : JsonStringEnumConverter<WorkspaceKind>(JsonNamingPolicy.SnakeCaseLower);

    internal sealed class ImagePullConverter() : JsonStringEnumConverter<ImagePull>(JsonNamingPolicy.SnakeCaseLower);

    internal sealed class WorkspaceStateConverter() : JsonStringEnumConverter<WorkspaceState>(JsonNamingPolicy.SnakeCaseLower);
}
