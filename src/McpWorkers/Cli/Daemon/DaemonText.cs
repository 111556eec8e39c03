using System.Text;
using System.Text.Json.Nodes;
using McpWorkers.Rendering;

namespace McpWorkers.Cli.Daemon;

/// <summary>A daemon's state for a person.</summary>
internal static class DaemonText
{
    public static string Of(JsonObject status)
    {
        var text = new StringBuilder();
        Line("daemon", $"runs, pid {status["pid"]}, version {status["version"]}");
        Line("up", Duration(TimeSpan.FromSeconds((double?)status["uptime_seconds"] ?? 0)));
        Line("workers", $"{status["workers"]}");
        Line("runs", $"{status["runs"]}");
        Line("clients", $"{status["clients"]}");
        Line("data", $"{status["data_dir"]}");
        Line("socket", $"{status["socket"]}");
        Line("http", (string?)status["http"] ?? "off (mcpworkers serve)");
        Line("settings", (string?)status["config"] ?? "the usual ones");
        Line("log", $"{status["log"]}");
        return text.ToString();

        void Line(string name, string value) => text.Append(name.PadRight(10)).Append(TerminalText.OneLine(value, 4096)).Append('\n');
    }

    private static string Duration(TimeSpan time) =>
        time.TotalDays >= 1 ? $"{(int)time.TotalDays} d {time.Hours} h"
        : time.TotalHours >= 1 ? $"{time.Hours} h {time.Minutes} min"
        : time.TotalMinutes >= 1 ? $"{time.Minutes} min {time.Seconds} s"
        : $"{time.Seconds} s";
}
