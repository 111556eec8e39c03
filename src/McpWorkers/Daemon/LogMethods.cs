using System.Text.Json.Nodes;

namespace McpWorkers.Daemon;

/// <summary>How much the log holds, asked and set while the daemon runs; its next start takes the setting again.</summary>
internal sealed class LogMethods(DaemonLog log)
{
    public const string Level = "mcpworkers/daemon/log_level";

    /// <summary><c>{level?}</c> → <c>{level, before}</c>.</summary>
    public Task<JsonObject> LevelAsync(JsonObject parameters, CancellationToken cancellationToken)
    {
        var before = log.Level;
        if (parameters["level"] is JsonValue word)
        {
            log.Level = HostLogLevels.Parse(word.ToString());
            if (log.Level != before)
            {
                log.Add(HostLogLevel.Error, "log_level", $"{log.Level.ToWire()}, was {before.ToWire()}");
            }
        }

        return Task.FromResult(new JsonObject { ["level"] = log.Level.ToWire(), ["before"] = before.ToWire() });
    }
}
