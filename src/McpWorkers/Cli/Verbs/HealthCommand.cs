using System.CommandLine;
using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using McpWorkers.Rendering;

namespace McpWorkers.Cli.Verbs;

/// <summary><c>mcpworkers workers health</c>: limits, counts, worker types, warnings. Exit code 1 where it is not healthy.</summary>
internal static class HealthCommand
{
    public static Command Build(CliEnvironment environment, CommonOptions common)
    {
        var json = CommonOptions.Json();
        var command = new Command("health", "Show the health of the workers' host: limits, counts, worker types. Exit code 0 when it is healthy.") { json };
        command.SetAction((parsed, cancellationToken) => Connected.RunAsync(
            environment,
            common.EngineOf(parsed),
            async (client, cancellation) =>
            {
                var health = await client.HealthAsync(cancellation);
                await environment.Out.WriteAsync(parsed.GetValue(json) ? health.ToJsonString(ResultJson.Relaxed) + "\n" : Text(health));
                return health["status"]?.ToString() == "healthy" ? ExitCodes.Success : ExitCodes.RunFailed;
            },
            cancellationToken));
        return command;
    }

    internal static string Text(JsonObject health)
    {
        var text = new StringBuilder();
        Line(text, $"{health["status"]}");
        Line(text, $"  workers       {health["workers_active"]} of at most {health["max_workers"]}{ByStatus(health["workers"] as JsonArray ?? [])}");
        Line(text, $"  runs          {health["runs_active"]} of at most {health["max_concurrent"]} at once, {health["runs_waiting"]} waiting");
        Line(text, $"  default type  {health["default_worker_type"]}");
        if ((bool?)health["debug_mode"] == true)
        {
            Line(text, $"  debug mode    on, {((bool?)health["debug_monitor_active"] == true ? "followed in a window" : "nobody follows")}");
        }

        foreach (var type in (health["worker_types"] as JsonArray ?? []).OfType<JsonObject>())
        {
            Line(text, $"  {(type["missing"] is null ? "ok  " : "none")}          {type["name"]}{(type["missing"] is { } missing ? ": " + missing : "")}");
        }

        foreach (var held in (health["held_pools"] as JsonArray ?? []).OfType<JsonObject>())
        {
            Line(text, $"  quota         {held["pool"]}: {held["state"]}, {(held["state"]?.ToString() == "open" ? $"until {held["until"]}" : $"since {held["since"]}")}: {held["message"]}");
        }

        foreach (var warning in health["warnings"] as JsonArray ?? [])
        {
            Line(text, $"  warning       {warning}");
        }

        return text.ToString();
    }

    private static string ByStatus(JsonArray workers)
    {
        var counts = workers.GroupBy(worker => worker?["status"]?.ToString()).Select(
            group => string.Create(CultureInfo.InvariantCulture, $"{group.Count()} {group.Key}"));
        return workers.Count == 0 ? "" : $" ({string.Join(", ", counts)})";
    }

    private static void Line(StringBuilder text, string content) =>
        text.Append(TerminalText.Visible(content.ReplaceLineEndings(" "))).Append('\n');
}
