using System.Text;
using McpWorkers.Engine.Model;

namespace McpWorkers.Engine.Agents.Codex;

/// <summary>Codex CLI, by <c>codex exec</c>.</summary>
internal sealed class CodexAdapter : IAgentAdapter
{
    private const string Bypass = "--dangerously-bypass-approvals-and-sandbox";

    public string Name => "codex";

    public AgentCapabilities Capabilities { get; } =
        new(Resume: true, McpServers: true, UsageReporting.AtEnd, ReportsCost: false) { ToolTimeLimit = CodexMcpServers.OwnToolLimit };

    public AgentProbe Probe { get; } = new(
        "codex",
        ["--version"],
        [["exec", "--help"]],
        ["--json", "--skip-git-repo-check", "--sandbox", Bypass, "--model", "--config"],
        ["0.169.0"],
        "npm install -g @openai/codex",
        ["OPENAI_API_KEY", "CODEX_API_KEY"],
        [".codex/auth.json"]);

    public AgentLaunch Plan(AgentRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        var servers = CodexMcpServers.Of(request);
        return new()
        {
            Executable = request.Executable,
            Arguments = CommandWords.Merge([.. Flags(request, servers)], request.Type.Command),
            Environment = servers.Environment,
            Stdin = Encoding.UTF8.GetBytes(request.Prompt),
            // SIGINT ends it and its commands cleanly; SIGTERM leaves a running command behind.
            Stop = StopPlan.InterruptThenTerminate,
            Warnings = servers.Warnings,
        };
    }

    public AgentReader NewReader(SessionTotals before) => new CodexReader(before);

    /// <summary>All flags stand before <c>resume</c>, which does not accept every one of them behind it.</summary>
    private static IEnumerable<AgentFlag> Flags(AgentRequest request, CodexMcpServers servers)
    {
        yield return AgentFlag.Word("exec");
        yield return new("--json");
        yield return new("--skip-git-repo-check");
        yield return request.Permission switch
        {
            Permission.ReadOnly => new("-s", "read-only") { OverriddenBy = ["--sandbox", Bypass] },
            Permission.Edit or Permission.Ask => new("-s", "workspace-write") { OverriddenBy = ["--sandbox", Bypass] },
            _ => new(Bypass) { OverriddenBy = ["-s", "--sandbox"] },
        };
        if (request.Model is { Length: > 0 } model)
        {
            yield return new("-m", model) { OverriddenBy = ["--model"] };
        }

        foreach (string setting in servers.Settings)
        {
            yield return new("-c", setting) { IsList = true };
        }

        if (request.ResumeSession is { } session)
        {
            yield return AgentFlag.Word("resume");
            yield return AgentFlag.Word(session);
        }

        // The prompt comes on standard input.
        yield return AgentFlag.Word("-");
    }
}
