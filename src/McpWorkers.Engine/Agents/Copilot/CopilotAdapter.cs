using System.Text;
using System.Text.Json.Nodes;
using McpWorkers.Engine.Model;

namespace McpWorkers.Engine.Agents.Copilot;

/// <summary>GitHub Copilot CLI.</summary>
internal sealed class CopilotAdapter : IAgentAdapter
{
    internal const string McpFile = "copilot-mcp.json";

    public string Name => "copilot";

    public AgentCapabilities Capabilities { get; } = new(Resume: true, McpServers: true, UsageReporting.AtEnd, ReportsCost: false);

    public AgentProbe Probe { get; } = new(
        "copilot",
        ["--version"],
        [["--help"]],
        [
            "--output-format", "--allow-all-tools", "--allow-all-paths", "--allow-all-urls", "--allow-tool", "--no-auto-update",
            "--disable-builtin-mcps", "--no-ask-user", "--no-color", "--usage-output-file", "--additional-mcp-config", "--model",
            "--session-id", "--resume",
        ],
        ["1.0.102"],
        "npm install -g @github/copilot",
        ["COPILOT_GITHUB_TOKEN", "GH_TOKEN", "GITHUB_TOKEN", "COPILOT_PROVIDER_API_KEY", "COPILOT_PROVIDER_BASE_URL"],
        // copilot's own login lies in the system's keyring; its config.json is there after any first run and proves nothing.
        [".config/gh/hosts.yml"]);

    public AgentLaunch Plan(AgentRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        string? native = CopilotBinary.Find(request.Executable, request.FileExists);
        return new()
        {
            Executable = native ?? request.Executable,
            Arguments = CommandWords.Merge([.. Flags(request)], request.Type.Command),
            Environment = new Dictionary<string, string> { ["COPILOT_AUTO_UPDATE"] = "false" },
            Stdin = Encoding.UTF8.GetBytes(request.Prompt),
            Files = request.McpServers.Count == 0 ? [] : [new(McpFile, Servers(request.McpServers))],
            ReadBack = [CopilotUsage.FileName],
            Stop = StopPlan.TerminateOnly,
        };
    }

    public AgentReader NewReader(SessionTotals before) => new CopilotReader(before);

    private static IEnumerable<AgentFlag> Flags(AgentRequest request)
    {
        yield return new("--output-format", "json");
        foreach (var flag in Permissions(request))
        {
            yield return flag;
        }

        yield return new("--no-auto-update");
        yield return new("--disable-builtin-mcps");
        yield return new("--no-ask-user");
        yield return new("--no-color");
        yield return new("--usage-output-file", Path.Combine(request.RunDirectory, CopilotUsage.FileName));
        if (request.McpServers.Count > 0)
        {
            // A file, because arguments are visible to everybody on the machine and servers' variables are secrets.
            yield return new("--additional-mcp-config", "@" + Path.Combine(request.RunDirectory, McpFile)) { IsList = true };
        }

        if (request.Model is { Length: > 0 } model)
        {
            yield return new("--model", model);
        }

        yield return request.ResumeSession is { } session
            ? new("--resume", session) { OverriddenBy = ["-r"], IsJoined = true }
            : new("--session-id", request.NewSession.ToString("D"));
    }

    /// <summary>Without any of these copilot reads, and runs commands that only read; all else is denied, because nobody can be asked.</summary>
    private static IEnumerable<AgentFlag> Permissions(AgentRequest request)
    {
        if (request.Permission == Permission.Full)
        {
            return [new("--allow-all-tools"), new("--allow-all-paths"), new("--allow-all-urls")];
        }

        List<string> tools = [.. request.McpServers.Select(server => server.Name)];
        if (request.Permission is Permission.Edit or Permission.Ask)
        {
            tools.Insert(0, "write");
        }

        return tools.Select(tool => new AgentFlag("--allow-tool", tool) { IsList = true });
    }

    private static byte[] Servers(IReadOnlyList<McpServerSpec> servers) => McpServerJson.Document(servers, (_, server) =>
    {
        server["type"] = "local";
        server["tools"] = new JsonArray("*");
    });
}
