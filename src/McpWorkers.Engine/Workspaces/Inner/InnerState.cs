using System.Text.Json;
using System.Text.Json.Serialization;

namespace McpWorkers.Engine.Workspaces.Inner;

/// <summary>What the host knows of an inner repository, as a file beside it.</summary>
/// <param name="Tip">Where the worker's branch stood when the agent was last given it; null where there was none.</param>
/// <param name="Head">The commit of the worktree's HEAD then.</param>
/// <param name="Digest">Of the refs that have been brought: as long as they are the same there is nothing to bring.</param>
internal sealed record InnerState(string? Tip, string? Head, string Digest)
{
    /// <summary>Null before the repository was made whole.</summary>
    public static InnerState? Read(InnerPlace place)
    {
        try
        {
            return JsonSerializer.Deserialize(File.ReadAllBytes(place.State), InnerJson.Default.InnerState);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException)
        {
            return null;
        }
    }

    /// <summary>Replaces it as a whole, synced.</summary>
    public void Write(InnerPlace place)
    {
        using (var file = new FileStream(place.State + ".new", FileMode.Create, FileAccess.Write))
        {
            JsonSerializer.Serialize(file, this, InnerJson.Default.InnerState);
            file.Flush(flushToDisk: true);
        }

        File.Move(place.State + ".new", place.State, overwrite: true);
    }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(InnerState))]
internal sealed partial class InnerJson : JsonSerializerContext;
