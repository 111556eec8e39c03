using System.CommandLine;
using System.Text.Json.Nodes;
using McpWorkers.Engine.Settings;
using McpWorkers.Rendering;

namespace McpWorkers.Cli;

/// <summary><c>mcpworkers config show</c>: the effective settings, each with where it came from.</summary>
internal static class ConfigCommand
{
    public static Command Build(CliEnvironment environment, CommonOptions common)
    {
        var json = CommonOptions.Json();
        var show = new Command("show", "Print the effective settings and where each came from. Secrets are masked.") { json };
        show.SetAction(async (parsed, _) =>
        {
            var loaded = environment.Settings(common.EngineOf(parsed));
            await environment.Out.WriteAsync(
                parsed.GetValue(json) ? Json(loaded).ToJsonString(ResultJson.RelaxedIndented) + "\n" : Text(loaded));
            foreach (string warning in loaded.Settings.Warnings)
            {
                await environment.Error.WriteLineAsync("mcpworkers: warning: " + TerminalText.OneLine(warning, 1000));
            }

            return ExitCodes.Success;
        });
        return new Command("config", "Show the settings.") { show };
    }

    internal static string Text(LoadedSettings loaded)
    {
        int width = loaded.Values.Select(value => $"{value.Key}: {value.Value}".Length).Where(length => length <= 60).DefaultIfEmpty().Max();
        return string.Concat(
        [
            .. loaded.Files.Select(file => $"# read: {TerminalText.OneLine(file, 4096)}\n"),
            .. loaded.Values.Select(value =>
                TerminalText.Visible($"{value.Key}: {value.Value}".ReplaceLineEndings(" ").PadRight(width) + $"  # {value.Origin}") + "\n"),
        ]);
    }

    internal static JsonObject Json(LoadedSettings loaded) => new()
    {
        ["files"] = new JsonArray([.. loaded.Files.Select(file => (JsonNode)JsonValue.Create(file))]),
        ["settings"] = new JsonArray(
        [
            .. loaded.Values.Select(value => (JsonNode)new JsonObject
            {
                ["key"] = value.Key,
                ["value"] = value.Value,
                ["origin"] = value.Origin.ToString(),
            }),
        ]),
    };
}
