using System.CommandLine;
using System.Text.Json.Nodes;
using McpWorkers.Engine.Agents;
using McpWorkers.Engine.Model;
using McpWorkers.Engine.Workers;
using McpWorkers.Rendering;

namespace McpWorkers.Cli;

/// <summary><c>mcpworkers workers types</c>: what can be spawned here, and how each agent is told what it may do.</summary>
internal static class TypesCommand
{
    public static Command Build(CliEnvironment environment, CommonOptions common)
    {
        var json = CommonOptions.Json();
        var command = new Command("types", "List the worker types: installed or not, permission, model, what each can do.") { json };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            await using var manager = await environment.Engine(common.EngineOf(parsed), cancellationToken);
            var types = manager.Types();
            if (parsed.GetValue(json))
            {
                var array = new JsonArray([.. types.Select(type => (JsonNode)Json(type))]);
                await environment.Out.WriteLineAsync(array.ToJsonString(ResultJson.RelaxedIndented));
            }
            else
            {
                await environment.Out.WriteAsync(Text(types));
            }

            return ExitCodes.Success;
        });
        return command;
    }

    /// <summary>A block for each type: it stays readable in any width, and paths and commands can be copied whole.</summary>
    internal static string Text(IReadOnlyList<WorkerTypeView> types) => string.Concat(types.Select(view =>
    {
        var type = view.Type;
        string mapping = view.PermissionFlags;
        bool isContainer = type.Launcher == LauncherKind.Container;
        string installed = isContainer ? "in image   " : "installed  ";
        string[] lines =
        [
            $"{type.Name}{(view.IsDefault ? " (default)" : "")}{(type.Description.Length > 0 ? ": " + type.Description : "")}",
            $"  agent       {type.Agent}",
            view.Missing is { } missing ? $"  missing     {missing}" : $"  {installed} {view.Executable}",
            .. isContainer ? [$"  launcher    container of {type.Container.Image ?? "the image that the call names"}"] : Array.Empty<string>(),
            .. view.Limits.Count > 0 ? [$"  limits      {HeldLimitView.ToText(view.Limits)}"] : Array.Empty<string>(),
            $"  permission  {type.Permission.ToWire()}{(mapping.Length > 0 ? ": " + mapping : "")}",
            $"  model       {type.Model ?? "the agent's own"}",
            $"  can         {string.Join(", ", Abilities(view.Capabilities))}",
        ];
        return TerminalText.Visible(string.Join('\n', lines.Select(line => line.ReplaceLineEndings(" ")))) + "\n\n";
    }));

    internal static JsonObject Json(WorkerTypeView view) => new()
    {
        ["name"] = view.Type.Name,
        ["agent"] = view.Type.Agent,
        ["description"] = view.Type.Description,
        ["default"] = view.IsDefault,
        ["installed"] = view.Executable is not null && view.Missing is null,
        ["executable"] = view.Executable,
        ["missing"] = view.Missing,
        ["permission"] = view.Type.Permission.ToWire(),
        ["permission_flags"] = view.PermissionFlags,
        ["model"] = view.Type.Model,
        ["launcher"] = view.Type.Launcher.ToWire(),
        ["image"] = view.Type.Launcher == LauncherKind.Container ? view.Type.Container.Image : null,
        ["limits"] = HeldLimitView.ToJson(view.Limits),
        ["timeout_seconds"] = view.Type.Timeout?.TotalSeconds,
        ["capabilities"] = new JsonObject
        {
            ["resume"] = view.Capabilities.Resume,
            ["mcp_servers"] = view.Capabilities.McpServers,
            ["usage"] = Usage(view.Capabilities.Usage),
            ["cost"] = view.Capabilities.ReportsCost,
        },
    };

    private static IEnumerable<string> Abilities(AgentCapabilities capabilities)
    {
        yield return capabilities.Resume ? "resume" : "no resume";
        yield return capabilities.McpServers ? "MCP servers" : "no MCP servers";
        yield return capabilities.Usage == UsageReporting.None ? "no token usage" : $"token usage {Usage(capabilities.Usage).Replace('_', ' ')}";
        yield return capabilities.ReportsCost ? "cost" : "no cost";
    }

    private static string Usage(UsageReporting usage) => usage switch
    {
        UsageReporting.None => "none",
        UsageReporting.AtEnd => "at_end",
        UsageReporting.Live => "live",
        _ => throw new ArgumentOutOfRangeException(nameof(usage), usage, null),
    };
}
