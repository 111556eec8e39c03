using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using McpWorkers.Engine.Execution.Processes;
using McpWorkers.Engine.Storage;

namespace McpWorkers.Daemon;

/// <summary>
/// What a daemon says of itself in <c>daemon.json</c>. Clients look there first: a variable like XDG_RUNTIME_DIR may be another one for them.
/// The file outlives a daemon that was killed; whether one is there is known by its lock and its socket alone.
/// </summary>
/// <param name="Http">Where HTTP is served; null where it is not.</param>
/// <param name="SocketFolder">A folder that was made for the socket alone, and goes with it; null where there is none.</param>
internal sealed record DaemonInfo(
    int Pid, DaemonVersion Version, string Socket, string? SocketFolder, string? Http, DateTimeOffset Started, string BootId, DaemonArguments Arguments)
{
    /// <summary>Null where there is none, or nothing that could be one.</summary>
    public static DaemonInfo? Read(DataDirectory directory)
    {
        try
        {
            return JsonNode.Parse(File.ReadAllText(directory.DaemonInfoPath)) is JsonObject json ? FromJson(json) : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException or InvalidOperationException or FormatException)
        {
            return null;
        }
    }

    /// <exception cref="IOException">The disk is full, or worse.</exception>
    public void Write(DataDirectory directory)
    {
        var json = new JsonObject
        {
            ["pid"] = Pid,
            ["version"] = Version.Program,
            ["protocol"] = Version.Protocol,
            ["socket"] = Socket,
            ["socket_folder"] = SocketFolder,
            ["http"] = Http,
            ["started"] = Started.ToString("O", CultureInfo.InvariantCulture),
            ["boot_id"] = BootId,
            ["arguments"] = Arguments.ToJson(),
        };
        DataDirectory.WritePrivate(directory.DaemonInfoPath, Encoding.UTF8.GetBytes(json.ToJsonString() + "\n"));
    }

    public static string ThisBoot => HostBoot.Id;

    private static DaemonInfo? FromJson(JsonObject json) =>
        (string?)json["socket"] is { Length: > 0 } socket && (int?)json["pid"] is { } pid
            ? new(
                pid,
                new((string?)json["version"] ?? "0", (int?)json["protocol"] ?? 0),
                socket,
                (string?)json["socket_folder"],
                (string?)json["http"],
                DateTimeOffset.TryParse((string?)json["started"], CultureInfo.InvariantCulture, out var started) ? started : default,
                (string?)json["boot_id"] ?? "",
                DaemonArguments.FromJson(json["arguments"]))
            : null;
}
