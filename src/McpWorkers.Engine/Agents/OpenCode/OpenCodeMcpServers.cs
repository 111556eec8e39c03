using System.Text.Json.Nodes;
using McpWorkers.Engine.Model;

namespace McpWorkers.Engine.Agents.OpenCode;

/// <summary>
/// MCP servers as a configuration file of the run, or, where the worker type names a configuration file of its own, as configuration in
/// the environment. opencode reads both and puts them together with the user's and the project's.
/// </summary>
internal sealed record OpenCodeMcpServers(
    IReadOnlyDictionary<string, string> Environment, IReadOnlyList<RunFile> Files, IReadOnlyList<string> Warnings)
{
    public static readonly TimeSpan OwnToolLimit = TimeSpan.FromHours(2);

    private const string FileVariable = "OPENCODE_CONFIG";
    private const string ContentVariable = "OPENCODE_CONFIG_CONTENT";

    public static OpenCodeMcpServers Of(AgentRequest request)
    {
        Dictionary<string, string> variables = [];
        if (request.McpServers.Count == 0)
        {
            return new(variables, [], []);
        }

        JsonObject config = new() { ["mcp"] = Servers(request.McpServers) };
        var own = request.Type.Environment;
        if (!own.ContainsKey(FileVariable))
        {
            variables[FileVariable] = Path.Combine(request.RunDirectory, OpenCodeAdapter.ConfigFile);
            return new(variables, [new(OpenCodeAdapter.ConfigFile, McpServerJson.Bytes(config))], []);
        }

        if (!own.ContainsKey(ContentVariable))
        {
            variables[ContentVariable] = config.ToJsonString();
            return new(variables, [], []);
        }

        return new(variables, [], [
            $"The MCP servers of this run were left out: worker type '{request.Type.Name}' sets both {FileVariable} and {ContentVariable}. Leave one of them to the run."]);
    }

    private static JsonObject Servers(IReadOnlyList<McpServerSpec> servers)
    {
        JsonObject byName = [];
        foreach (var server in servers)
        {
            JsonObject entry = new()
            {
                ["type"] = "local",
                ["command"] = McpServerJson.List([server.Command, .. server.Arguments]),
                ["environment"] = McpServerJson.Map(server.Environment),
                ["enabled"] = true,
            };
            if (server.Name == AgentRequest.OwnServer)
            {
                entry["timeout"] = (long)OwnToolLimit.TotalMilliseconds;
            }

            byName[server.Name] = entry;
        }

        return byName;
    }
}
