using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using McpWorkers.Engine.Execution.Output;
using McpWorkers.Engine.Model;
using McpWorkers.Engine.Workspaces;

namespace McpWorkers.Engine.Workers.Runs;

/// <summary>A file that a run points out.</summary>
/// <param name="Path">Relative to the workspace, with slashes.</param>
/// <param name="Bytes">When it was shared.</param>
/// <param name="Description">The agent's own words; may be empty.</param>
internal sealed record SharedArtifact(string Path, long Bytes, string Description)
{
    public JsonObject ToJson() => new() { ["path"] = Path, ["bytes"] = Bytes, ["description"] = Description };
}

/// <summary>The files that a run has pointed out: a line for each in its directory, so that they outlive the host that took them.</summary>
internal static class SharedArtifacts
{
    public const string FileName = "artifacts.ndjson";

    public const int Max = 100;

    private const int PathMax = 1024;

    // A hundred of the longest fit into it.
    private const int FileBytesMax = 1024 * 1024;

    private static readonly Lock Writing = new();

    /// <summary>Looks at a file within a workspace.</summary>
    /// <param name="workspace">Absolute.</param>
    /// <param name="path">Absolute, or relative to the workspace; links are followed, and must not lead out of it.</param>
    /// <exception cref="RefusedException">It is none, or is elsewhere.</exception>
    public static SharedArtifact Examine(string workspace, string path, string description)
    {
        if (path.Length is 0 or > PathMax || path.Any(char.IsControl))
        {
            throw Invalid($"path is no path of at most {PathMax} characters without control characters.");
        }

        try
        {
            string root = LinkedPath.Resolve(workspace);
            string real = LinkedPath.Resolve(Path.Combine(root, path));
            if (!LinkedPath.IsWithin(real, root) || real == root)
            {
                throw Invalid($"'{path}' is not within the workspace '{workspace}': only files in it can be shared.");
            }

            var file = new FileInfo(real);
            return file.Exists
                ? new(Path.GetRelativePath(root, real).Replace('\\', '/'), file.Length, description)
                : throw Invalid($"There is no file '{path}' in the workspace '{workspace}'.");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw Invalid($"'{path}' cannot be looked at: {e.Message}");
        }
    }

    /// <summary>Notes it. A file that was shared before stands there with what was said last.</summary>
    /// <returns>False where there are too many.</returns>
    /// <exception cref="RefusedException">It cannot be written.</exception>
    public static bool Add(string runDirectory, SharedArtifact artifact)
    {
        lock (Writing)
        {
            var known = Read(runDirectory).Where(each => each.Path != artifact.Path).ToList();
            if (known.Count >= Max)
            {
                return false;
            }

            try
            {
                var lines = new StringBuilder();
                foreach (var each in known.Append(artifact))
                {
                    lines.Append(each.ToJson().ToJsonString()).Append('\n');
                }

                Storage.DataDirectory.WritePrivate(Path.Combine(runDirectory, FileName), Encoding.UTF8.GetBytes(lines.ToString()));
                return true;
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                throw new RefusedException(RefusalCode.StoreUnavailable, $"The run's directory cannot be written: {e.Message}");
            }
        }
    }

    /// <summary>In the order in which they were shared. A line that is none is passed over: whoever can write there may have written anything.</summary>
    public static IReadOnlyList<SharedArtifact> Read(string runDirectory)
    {
        if (RegularFile.TryRead(Path.Combine(runDirectory, FileName), FileBytesMax) is not { } content)
        {
            return [];
        }

        return [.. Encoding.UTF8.GetString(content).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(TryParse).OfType<SharedArtifact>().Take(Max)];
    }

    private static SharedArtifact? TryParse(string line)
    {
        try
        {
            var json = JsonNode.Parse(line);
            return (string?)json?["path"] is { Length: > 0 and <= PathMax } path && (long?)json["bytes"] is { } bytes
                ? new(path, bytes, (string?)json["description"] ?? "")
                : null;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException)
        {
            return null;
        }
    }

    private static RefusedException Invalid(string message) => new(RefusalCode.InvalidArgument, message);
}
