using System.Globalization;
using McpWorkers.Engine.Model;

namespace McpWorkers.Engine.Agents.Codex;

/// <summary>
/// MCP servers as codex's <c>-c</c> settings. Arguments are visible to everybody on the machine, so a server's variables go by name only:
/// their values stand in codex's own environment, which it hands on.
/// </summary>
/// <param name="Settings">Each a <c>key=TOML</c>.</param>
internal sealed record CodexMcpServers(
    IReadOnlyList<string> Settings, IReadOnlyDictionary<string, string> Environment, IReadOnlyList<string> Warnings)
{
    /// <summary>codex's own bound on a tool's call is a minute.</summary>
    public static readonly TimeSpan OwnToolLimit = TimeSpan.FromHours(2);

    public static CodexMcpServers Of(AgentRequest request)
    {
        List<string> settings = [];
        Dictionary<string, string> variables = [];
        List<string> warnings = [];
        foreach (var server in request.McpServers)
        {
            string key = $"mcp_servers.{server.Name}";
            settings.Add($"{key}.command={Toml.Text(server.Command)}");
            settings.Add($"{key}.args={Toml.Array(server.Arguments)}");
            if (server.Environment.Count > 0)
            {
                settings.Add($"{key}.env_vars={Toml.Array(server.Environment.Keys)}");
            }

            if (request.Permission != Permission.Full)
            {
                // exec never asks: without this every tool of the server is refused outside the bypass mode.
                settings.Add($"{key}.default_tools_approval_mode=\"approve\"");
            }

            if (server.Name == AgentRequest.OwnServer)
            {
                settings.Add(string.Create(CultureInfo.InvariantCulture, $"{key}.tool_timeout_sec={OwnToolLimit.TotalSeconds:0}"));
            }

            foreach (var (name, value) in server.Environment)
            {
                string? other = request.Type.Environment.TryGetValue(name, out string? own) ? own : variables.GetValueOrDefault(name, value);
                variables.TryAdd(name, value);
                if (other != value)
                {
                    warnings.Add(
                        $"MCP server '{server.Name}': codex shares one environment among its servers, and '{name}' has another value already; that one is used.");
                }
            }
        }

        return new(settings, variables, warnings);
    }
}
