using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using McpWorkers.Engine.Model;

namespace McpWorkers.Engine.Agents.Qwen;

/// <summary>Qwen Code (<c>qwen</c>), by what 0.15.10 and 0.24.4 do.</summary>
internal sealed class QwenAdapter : IAgentAdapter
{
    private const string McpFile = "mcp.json";

    /// <summary>Two bounds of its own, 5 minutes of silence and 10 in all, are raised to this.</summary>
    private static readonly TimeSpan OwnToolLimit = TimeSpan.FromHours(2);

    public string Name => "qwen";

    public AgentCapabilities Capabilities { get; } =
        new(Resume: true, McpServers: true, UsageReporting.Live, ReportsCost: false, AskBy.ControlProtocol)
        {
            ToolTimeLimit = OwnToolLimit,
            AskTimeLimit = QwenControl.AnswerLimit,
        };

    public IAgentControl Control => QwenControl.Instance;

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
        bool asks = request.Permission == Permission.Ask;
        return new()
        {
            Executable = request.Executable,
            Arguments = CommandWords.Merge(Flags(request), request.Type.Command),
            Environment = Variables(request),
            Stdin = asks ? QwenControl.Begin(request.Prompt) : Encoding.UTF8.GetBytes(request.Prompt),
            Control = asks ? Control : null,
            Files = request.McpServers.Count > 0 ? [new(McpFile, McpServerJson.Document(request.McpServers, Complete))] : [],
            Stop = StopPlan.TerminateOnly,
            Warnings = Warnings(request),
        };
    }

    public AgentReader NewReader(SessionTotals before) => new QwenReader(before);

    private static Dictionary<string, string> Variables(AgentRequest request)
    {
        Dictionary<string, string> variables = new() { ["QWEN_CODE_SUPPRESS_YOLO_WARNING"] = "1" };
        if (request.McpServers.Any(server => server.Name == AgentRequest.OwnServer))
        {
            // Holds for all servers of the run: there is none for one alone.
            variables["QWEN_CODE_MCP_TOOL_IDLE_TIMEOUT_MS"] = Milliseconds(OwnToolLimit).ToString(CultureInfo.InvariantCulture);
        }

        return variables;
    }

    private static void Complete(string server, JsonObject entry)
    {
        // Without trust a server's tools need an approval.
        entry["trust"] = true;
        if (server == AgentRequest.OwnServer)
        {
            entry["timeout"] = Milliseconds(OwnToolLimit);
        }
    }

    private static long Milliseconds(TimeSpan time) => (long)time.TotalMilliseconds;

    private static List<AgentFlag> Flags(AgentRequest request)
    {
        string mode = request.Permission switch
        {
            Permission.ReadOnly or Permission.Ask => "default",
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

        if (request.Permission == Permission.Ask)
        {
            flags.Add(new("--input-format", "stream-json"));

            // Its questions would come as a permission that is answered yes or no; questions have a tool of their own.
            flags.Add(new("--exclude-tools", "ask_user_question") { IsList = true });
        }

        if (request.McpServers.Count > 0)
        {
            flags.Add(new("--mcp-config", Path.Combine(request.RunDirectory, McpFile)));
        }

        return flags;
    }

    private static IReadOnlyList<string> Warnings(AgentRequest request) =>
        request.Permission is Permission.Full or Permission.Ask || CommandWords.Has(request.Type.Command, "--yolo", "-y", "--approval-mode")
            ? []
            : [$"qwen withholds the tools that would need an approval under permission '{request.Permission.ToWire()}' from the model, "
                + "the shell among them, instead of denying their calls: no denial is counted."];
}
