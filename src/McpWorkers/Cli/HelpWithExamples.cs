using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace McpWorkers.Cli;

/// <summary>The usual help of a command, with examples after it and the exit codes where they matter.</summary>
internal sealed class HelpWithExamples(HelpAction usual) : SynchronousCommandLineAction
{
    private const string ExitCodeText =
        "Exit codes:\n"
        + "  0    all runs completed\n"
        + "  1    a run failed or was cancelled\n"
        + "  2    wrong usage or settings; nothing was run\n"
        + "  124  a run timed out, and none failed\n"
        + "  130  interrupted\n";

    private static readonly Dictionary<string, string[]> Examples = new()
    {
        ["mcpworkers"] =
        [
            "mcpworkers doctor",
            "mcpworkers workers execute -t simulated -n 3 -p \"Summarise this folder\"",
        ],
        ["mcpworkers workers"] = ["mcpworkers workers types", "mcpworkers workers execute -p \"Explain this project\""],
        ["mcpworkers workers execute"] =
        [
            "mcpworkers workers execute -t simulated -n 3 -p \"Summarise this folder\"",
            "mcpworkers workers execute -t terminal-claude -n 3 -T 600 -p \"Review the last commit\"",
            "git diff | mcpworkers workers execute -p - --permission read_only",
            "mcpworkers workers execute --prompt-file task.md --json > results.json",
        ],
        ["mcpworkers workers types"] = ["mcpworkers workers types", "mcpworkers workers types --json"],
        ["mcpworkers mcp"] = ["claude mcp add workers -- mcpworkers mcp", "mcpworkers mcp --config team.yaml"],
        ["mcpworkers serve"] = ["mcpworkers serve", "mcpworkers serve --port 7433"],
        ["mcpworkers daemon"] = ["mcpworkers daemon status", "mcpworkers daemon logs -f"],
        ["mcpworkers daemon status"] = ["mcpworkers daemon status", "mcpworkers daemon status --json"],
        ["mcpworkers daemon start"] = ["mcpworkers daemon start", "mcpworkers daemon start --config team.yaml"],
        ["mcpworkers daemon stop"] = ["mcpworkers daemon stop", "mcpworkers daemon stop --drain", "mcpworkers daemon stop --force"],
        ["mcpworkers daemon restart"] = ["mcpworkers daemon restart", "mcpworkers daemon restart --config team.yaml"],
        ["mcpworkers daemon logs"] = ["mcpworkers daemon logs -n 50", "mcpworkers daemon logs -f"],
        ["mcpworkers token"] = ["mcpworkers token create laptop --scope operate", "mcpworkers token list"],
        ["mcpworkers token create"] = ["mcpworkers token create laptop --scope operate --expires 90"],
        ["mcpworkers token list"] = ["mcpworkers token list --json"],
        ["mcpworkers token revoke"] = ["mcpworkers token revoke laptop"],
        ["mcpworkers doctor"] = ["mcpworkers doctor", "mcpworkers doctor --json"],
        ["mcpworkers config"] = ["mcpworkers config show"],
        ["mcpworkers config show"] = ["mcpworkers config show", "mcpworkers --config team.yaml config show --json"],
    };

    public override bool ClearsParseErrors => true;

    public override int Invoke(ParseResult parseResult)
    {
        usual.Invoke(parseResult);
        var output = parseResult.InvocationConfiguration.Output;
        string command = string.Join(' ', CommandTree.PathTo(parseResult.CommandResult.Command));
        if (Examples.TryGetValue(command, out var examples))
        {
            output.WriteLine("Examples:");
            foreach (string example in examples)
            {
                output.WriteLine("  " + example);
            }

            output.WriteLine();
        }

        if (command is "mcpworkers workers execute" or "mcpworkers")
        {
            output.Write(ExitCodeText);
        }

        return ExitCodes.Success;
    }
}
