using System.Text.Json;
using System.Text.Json.Nodes;
using McpWorkers.Engine.Model;

namespace McpWorkers.Daemon;

/// <summary>What a client says first, in one line.</summary>
/// <param name="Kind"><c>mcp</c>, <c>cli</c>, or <see cref="ClientHello.Run"/> for a run's own MCP server.</param>
/// <param name="WorkingDirectory">Absolute: where its workers work.</param>
/// <param name="Environment">What its workers inherit; it is kept from logs.</param>
/// <param name="Tools">The tool sets that it chose; null where it chose none.</param>
/// <param name="Token">Of a run's own server; null for the others.</param>
internal sealed record ClientHello(
    DaemonVersion Version, string Kind, string WorkingDirectory, IReadOnlyDictionary<string, string> Environment, int Pid, IReadOnlyList<string>? Tools = null,
    string? Token = null)
{
    /// <summary>The kind that only asks, reports and shares for one run.</summary>
    public const string Run = "run";

    /// <summary>In bytes: an environment is rarely over 100 KiB.</summary>
    public const int BytesMax = 1024 * 1024;

    public string ToLine()
    {
        var environment = new JsonObject();
        foreach (var (name, value) in Environment)
        {
            environment[name] = value;
        }

        var hello = new JsonObject
        {
            ["mcpworkers"] = "hello",
            ["protocol"] = Version.Protocol,
            ["version"] = Version.Program,
            ["kind"] = Kind,
            ["cwd"] = WorkingDirectory,
            ["environment"] = environment,
            ["pid"] = Pid,
        };
        if (Tools is not null)
        {
            hello["tools"] = new JsonArray([.. Tools.Select(set => (JsonNode)set)]);
        }

        if (Token is not null)
        {
            hello["token"] = Token;
        }

        return hello.ToJsonString();
    }

    /// <exception cref="FormatException">It is no hello; the message says why, without any of its values.</exception>
    public static ClientHello Parse(string line)
    {
        try
        {
            if (JsonNode.Parse(line) is not JsonObject json || (string?)json["mcpworkers"] != "hello")
            {
                throw new FormatException("The first line is no hello: a JSON object with \"mcpworkers\": \"hello\" is expected.");
            }

            string directory = Text(json, "cwd");
            return !Path.IsPathRooted(directory)
                ? throw new FormatException("The hello's cwd is no absolute path.")
                : new(
                    new(Text(json, "version"), (int?)json["protocol"] ?? throw new FormatException("The hello has no protocol.")),
                    Text(json, "kind"),
                    directory,
                    json["environment"] is JsonObject environment
                        ? environment.ToDictionary(variable => variable.Key, variable => (string?)variable.Value ?? "")
                        : throw new FormatException("The hello has no environment."),
                    (int?)json["pid"] ?? 0,
                    json["tools"] is { } tools ? ToolSetNames.Check([.. tools.AsArray().Select(set => (string?)set ?? "")], "The hello's tools") : null,
                    (string?)json["token"]);
        }
        catch (RefusedException unknown)
        {
            throw new FormatException(unknown.Message, unknown);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or ArgumentException)
        {
            throw new FormatException("The hello cannot be read: it is not JSON in the expected form.", e);
        }
    }

    private static string Text(JsonObject json, string key) =>
        (string?)json[key] is { Length: > 0 } text ? text : throw new FormatException($"The hello has no {key}.");
}

/// <summary>What the daemon answers to a hello.</summary>
internal abstract record DaemonAnswer
{
    private DaemonAnswer()
    {
    }

    /// <summary>Come in; MCP follows.</summary>
    /// <param name="ConfigPath">Of the settings that were named when it was started; null for none.</param>
    internal sealed record Welcome(DaemonVersion Version, int Pid, string DataDirectory, string? ConfigPath) : DaemonAnswer;

    internal sealed record Refused(string Message) : DaemonAnswer;

    /// <summary>In bytes.</summary>
    public const int BytesMax = 64 * 1024;

    public string ToLine() => (this switch
    {
        Welcome welcome => new JsonObject
        {
            ["mcpworkers"] = "hello",
            ["protocol"] = welcome.Version.Protocol,
            ["version"] = welcome.Version.Program,
            ["pid"] = welcome.Pid,
            ["data_dir"] = welcome.DataDirectory,
            ["config"] = welcome.ConfigPath,
        },
        Refused refused => new JsonObject { ["mcpworkers"] = "refused", ["message"] = refused.Message },
        _ => throw new System.Diagnostics.UnreachableException(),
    }).ToJsonString();

    /// <exception cref="FormatException">It is neither.</exception>
    public static DaemonAnswer Parse(string line)
    {
        try
        {
            return JsonNode.Parse(line) switch
            {
                JsonObject json when (string?)json["mcpworkers"] == "hello" => new Welcome(
                    new((string?)json["version"] ?? "0", (int?)json["protocol"] ?? 0), (int?)json["pid"] ?? 0, (string?)json["data_dir"] ?? "", (string?)json["config"]),
                JsonObject json when (string?)json["mcpworkers"] == "refused" => new Refused((string?)json["message"] ?? ""),
                _ => throw new FormatException("What answers at the daemon's socket is no mcpworkers daemon."),
            };
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw new FormatException("What answers at the daemon's socket is no mcpworkers daemon.", e);
        }
    }
}

/// <summary>Why a daemon leaves its clients on purpose.</summary>
internal enum LeaveReason
{
    Stopped,
    Restarting,
    Replaced,
}

/// <summary>The last line of a daemon that leaves on purpose.</summary>
internal static class Goodbye
{
    private const string Start = "{\"mcpworkers\":\"goodbye\"";

    public static string LineOf(LeaveReason reason) => $$"""{{Start}},"reason":"{{NameOf(reason)}}"}""";

    public static bool Is(ReadOnlySpan<byte> line) => line.StartsWith("{\"mcpworkers\":\"goodbye\""u8);

    public static string NameOf(LeaveReason reason) => reason switch
    {
        LeaveReason.Stopped => "stopped",
        LeaveReason.Restarting => "restarting",
        LeaveReason.Replaced => "replaced",
        _ => throw new ArgumentOutOfRangeException(nameof(reason), reason, null),
    };
}
