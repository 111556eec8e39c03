using System.Globalization;
using System.Text.Json.Nodes;

namespace McpWorkers.Daemon;

/// <summary>With what a daemon was started; whoever starts it again, after a crash or for a newer version, starts it with the same.</summary>
internal sealed record DaemonArguments
{
    public static DaemonArguments None { get; } = new();

    /// <summary>Absolute path of the settings that are read last; null for none.</summary>
    public string? ConfigPath { get; init; }

    /// <summary>Null: as the settings say.</summary>
    public HttpArguments? Http { get; init; }

    /// <summary>Null: as the settings say.</summary>
    public string? LogLevel { get; init; }

    /// <summary>Words for a command line.</summary>
    public IReadOnlyList<string> ToWords()
    {
        List<string> words = [];
        if (ConfigPath is not null)
        {
            words.AddRange(["--config", ConfigPath]);
        }

        if (LogLevel is not null)
        {
            words.AddRange(["--log-level", LogLevel]);
        }

        if (Http is { } http)
        {
            words.Add("--http");
            words.AddRange(http.Address is null ? [] : ["--address", http.Address]);
            words.AddRange(http.Port is { } port ? ["--port", port.ToString(CultureInfo.InvariantCulture)] : []);
            words.AddRange(http.NoTokenOnLoopback ? ["--no-token-on-loopback"] : []);
        }

        return words;
    }

    public JsonObject ToJson()
    {
        var json = new JsonObject { ["config"] = ConfigPath, ["log_level"] = LogLevel };
        if (Http is { } http)
        {
            json["http"] = new JsonObject { ["address"] = http.Address, ["port"] = http.Port, ["no_token_on_loopback"] = http.NoTokenOnLoopback };
        }

        return json;
    }

    public static DaemonArguments FromJson(JsonNode? json) => json is not JsonObject known ? None : new()
    {
        ConfigPath = (string?)known["config"],
        LogLevel = (string?)known["log_level"],
        Http = known["http"] is JsonObject http
            ? new((string?)http["address"], (int?)http["port"], (bool?)http["no_token_on_loopback"] ?? false)
            : null,
    };
}

/// <summary>HTTP is asked for on the command line.</summary>
/// <param name="Address">Null: as the settings say.</param>
/// <param name="Port">0–65535; null: as the settings say.</param>
internal sealed record HttpArguments(string? Address, int? Port, bool NoTokenOnLoopback);
