using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using McpWorkers.Engine.Execution.Output;
using McpWorkers.Engine.Execution.Processes;
using McpWorkers.Engine.Model;

namespace McpWorkers.Engine.Execution.Limits;

/// <summary>
/// Of which limit something of a run died. The kernel tells it by the run's cgroup, which is removed at the run's end: <c>reached.json</c> keeps
/// it for observers who come later.
/// </summary>
internal sealed class LimitEvidence(RunFiles files, LaunchRecord launch, RunCgroup? cgroup)
{
    private LimitReached? _reached;

    /// <summary>Writes down what the cgroup tells now, where it tells something.</summary>
    public void Keep()
    {
        if (_reached is not null || cgroup?.FindReached(launch.Limits) is not { } reached)
        {
            return;
        }

        _reached = reached;
        string draft = $"{files.Reached}.{Guid.NewGuid():N}";
        try
        {
            // Over whatever stands there: the kernel knows better.
            RunFiles.Create(draft, Encoding.UTF8.GetBytes(new JsonObject { ["kind"] = reached.Kind.ToString() }.ToJsonString()));
            File.Move(draft, files.Reached, overwrite: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // On a full disk, or without the directory, this observer alone knows.
            TryDelete(draft);
        }
    }

    /// <summary>Null for none. Only of a limit that a cgroup kept: the command could have written the file.</summary>
    public LimitReached? Read()
    {
        if (_reached is not null)
        {
            return _reached;
        }

        try
        {
            using var file = RegularFile.TryOpen(files.Reached);
            return file is not null
                && JsonNode.Parse(RegularFile.ReadEnd(file, RunFiles.SmallBytesMax))?["kind"]?.GetValue<string>() is { } name
                && Enum.TryParse<LimitKind>(name, out var kind) && launch.LimitCgroups.ContainsKey(kind)
                && launch.Limits.ValueOf(kind) is { } limit
                    ? new(kind, limit, null)
                    : null;
        }
        catch (Exception e) when (e is IOException or JsonException or InvalidOperationException)
        {
            return null;
        }
    }

    private static void TryDelete(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // It goes with the directory.
        }
    }
}
