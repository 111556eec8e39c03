using System.Text.Json.Nodes;
using System.Text.Json;
using System.Text;
using McpWorkers.Engine.Execution.Output;
using McpWorkers.Engine.Model;

namespace McpWorkers.Engine.Execution.Processes;

/// <summary><c>stop.json</c>: why a run was stopped, written before the first signal. The first one that is written counts.</summary>
internal static class StopRecord
{
    /// <summary>False where a reason stands there already.</summary>
    /// <exception cref="IOException">It could not be written.</exception>
    public static bool TryWrite(string path, StopReason reason, DateTimeOffset now)
    {
        var json = new JsonObject
        {
            ["kind"] = reason.Kind.ToString(),
            ["detail"] = reason.Detail,
            ["limit_seconds"] = reason.Limit?.TotalSeconds,
            ["reached"] = reason.Reached is { } reached
                ? new JsonObject { ["kind"] = reached.Kind.ToString(), ["limit"] = reached.Limit, ["measured"] = reached.Measured }
                : null,
            ["at"] = now.UtcDateTime.ToString("O", System.Globalization.CultureInfo.InvariantCulture),
        };

        // Written aside and linked into place: whoever sees the file sees all of it, and only one can be first.
        string draft = $"{path}.{Guid.NewGuid():N}";
        try
        {
            RunFiles.Create(draft, Encoding.UTF8.GetBytes(json.ToJsonString()));
            return NewName.TryGive(draft, path);
        }
        finally
        {
            File.Delete(draft);
        }
    }

    /// <summary>Null where the run was not stopped.</summary>
    public static StopReason? Read(string path)
    {
        try
        {
            using var file = RegularFile.TryOpen(path);
            var json = file is null ? null : JsonNode.Parse(RegularFile.ReadEnd(file, RunFiles.SmallBytesMax));
            if (json is null)
            {
                return null;
            }

            return new(
                Enum.Parse<StopKind>(json["kind"]!.GetValue<string>()),
                json["detail"]!.GetValue<string>(),
                json["limit_seconds"] is { } limit ? TimeSpan.FromSeconds(limit.GetValue<double>()) : null,
                json["reached"] is { } reached
                    ? new(Enum.Parse<LimitKind>(reached["kind"]!.GetValue<string>()), reached["limit"]!.GetValue<double>(), reached["measured"]?.GetValue<double>())
                    : null);
        }
        catch (Exception e) when (e is IOException or JsonException or NullReferenceException or InvalidOperationException or ArgumentException)
        {
            return null;
        }
    }
}
