using System.Globalization;
using System.Text;
using McpWorkers.Engine.Model;

namespace McpWorkers.Engine.Agents.Qwen;

/// <summary>Qwen Code (<c>qwen</c>), by what 0.15.10 and 0.24.4 do.</summary>
internal sealed class QwenAdapter : IAgentAdapter
{
    private const string McpFile = "mcp.json";

    public string Name => "qwen";

    public AgentCapabilities Capabilities { get; } =
        new(Resume: true, McpServers: true, UsageReporting.AtEnd, ReportsCost: false, AskBy.ControlProtocol);

    public AgentProbe Probe { get; } = new(
        "qwen",
        ["--version"],
        [["--help"]],
        ["--output-format", "--approval-mode", "--session-id", "--resume", "--model", "--mcp-config"],
        ["0.15.10", "0.24.4"],
        "npm install -g @qwen-code/qwen-code",
        ["OPENAI_API_KEY", "DASHSCOPE_API_KEY", "BAILIAN_CODING_PLAN_API_KEY"],
        [".qwen/oauth_creds.json", ".qwen/settings.json"]);

    public AgentLaunch Plan(AgentRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        return new()
        {
            Executable = request.Executable,
            Arguments = CommandWords.Merge(Flags(request), request.Type.Command),
            Environment = new Dictionary<string, string> { ["QWEN_CODE_SUPPRESS_YOLO_WARNING"] = "1" },
            Stdin = Encoding.UTF8.GetBytes(request.Prompt),
            // Without trust a server's tools need an approval.
            Files = request.McpServers.Count > 0
                ? [new(McpFile, McpServerJson.Document(request.McpServers, server => server["trust"] = true))]
                : [],
            Stop = StopPlan.TerminateOnly,
            Warnings = Warnings(request),
        };
    }

    public AgentReader NewReader(SessionTotals before) => new QwenReader(before);

    private static List<AgentFlag> Flags(AgentRequest request)
    {
        string mode = request.Permission switch
        {
            Permission.ReadOnly => "default",
            Permission.Edit => "auto-edit",
            _ => "yolo",
        };
        List<AgentFlag> flags =
        [
            new("--output-format", "stream-json") { OverriddenBy = ["-o"] },
            new("--approval-mode", mode) { OverriddenBy = ["--yolo", "-y"] },
            request.ResumeSession is { } session
                ? new("--resume", session) { OverriddenBy = ["-r", "--continue", "-c"] }
                : new("--session-id", request.NewSession.ToString("D", CultureInfo.InvariantCulture))
                    { OverriddenBy = ["--resume", "-r", "--continue", "-c"] },
        ];
        if (request.Model is { Length: > 0 } model)
        {
            flags.Add(new("--model", model) { OverriddenBy = ["-m"] });
        }

        if (request.McpServers.Count > 0)
        {
            flags.Add(new("--mcp-config", Path.Combine(request.RunDirectory, McpFile)));
        }

        return flags;
    }

    private static IReadOnlyList<string> Warnings(AgentRequest request) =>
        request.Permission == Permission.Full || CommandWords.Has(request.Type.Command, "--yolo", "-y", "--approval-mode")
            ? []
            : [$"qwen withholds the tools that would need an approval under permission '{request.Permission.ToWire()}' from the model, "
                + "the shell among them, instead of denying their calls: no denial is counted."];
}
