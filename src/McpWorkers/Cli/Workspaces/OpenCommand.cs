using System.CommandLine;
using McpWorkers.Engine.Model;
using McpWorkers.Engine.Settings;
using McpWorkers.Mcp.Client;
using McpWorkers.Rendering;

namespace McpWorkers.Cli.Workspaces;

/// <summary><c>mcpworkers workers open</c>: a shell, or the editor, where a worker works.</summary>
internal static class OpenCommand
{
    private static readonly string[] EditorVariables = ["VISUAL", "EDITOR"];

    public static Command Build(CliEnvironment environment, CommonOptions common)
    {
        var worker = WorkerIds.One("The worker's id; it may be closed if its workspace is there.");
        var editor = new Option<bool>("--editor") { Description = "The editor ($VISUAL, else $EDITOR) instead of a shell ($SHELL)." };
        var command = new Command("open", "Open a shell or the editor where a worker works.") { worker, editor };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            if (!environment.OutIsTerminal || environment.InIsRedirected)
            {
                throw new RefusedException(RefusalCode.Unsupported, "a shell or editor needs a terminal, and there is none here. 'mcpworkers worktrees list --json' names the path.");
            }

            var words = parsed.GetValue(editor) ? Editor(environment) : Shell(environment);
            string path = "";
            int code = await Connected.RunAsync(
                environment,
                common.EngineOf(parsed),
                async (client, cancellation) =>
                {
                    path = await PathOfAsync(client, parsed.GetRequiredValue(worker), cancellation);
                    return ExitCodes.Success;
                },
                cancellationToken);
            if (code != ExitCodes.Success)
            {
                return code;
            }

            await environment.Error.WriteLineAsync($"{words[0]} in {TerminalText.OneLine(path, 1000)}");
            // Ctrl-C there is for what runs there.
            using var interrupts = environment.OnInterrupt(static () => { });
            return await environment.AtTerminal(parsed.GetValue(editor) ? [.. words, path] : words, path, cancellationToken);
        });
        return command;
    }

    private static async Task<string> PathOfAsync(WorkerClient client, string id, CancellationToken cancellationToken)
    {
        var listed = await client.Workspaces.ListAsync(null, forecast: false, into: null, cancellationToken);
        if (listed.FirstOrDefault(each => each?["worker_id"]?.ToString() == id)?["path"]?.ToString() is { } path)
        {
            return path;
        }

        var workers = await client.ListAsync(cancellationToken);
        return workers.FirstOrDefault(each => each?["worker_id"]?.ToString() == id)?["working_directory"]?.ToString()
            ?? throw new RefusedException(
                RefusalCode.NotFound, $"There is no worker and no workspace '{TerminalText.OneLine(id, 80)}'. 'mcpworkers workers list' and 'mcpworkers worktrees list' show what there is.");
    }

    private static IReadOnlyList<string> Shell(CliEnvironment environment) =>
        environment.Variables.GetValueOrDefault("SHELL") is { Length: > 0 } shell ? [shell]
        : OperatingSystem.IsWindows() ? [environment.Variables.GetValueOrDefault("ComSpec", "cmd.exe")]
        : ["/bin/sh"];

    /// <summary>The variable may hold arguments too, such as <c>code -w</c>.</summary>
    private static IReadOnlyList<string> Editor(CliEnvironment environment)
    {
        string? named = EditorVariables.Select(name => environment.Variables.GetValueOrDefault(name)).FirstOrDefault(value => !string.IsNullOrWhiteSpace(value));
        return named is not null && ShellWords.TrySplit(named, out var words) && words.Count > 0
            ? words
            : throw new RefusedException(RefusalCode.InvalidArgument, named is null
                ? "no editor is known: neither VISUAL nor EDITOR is set."
                : $"the editor '{TerminalText.OneLine(named, 200)}' cannot be split into words: a quote is not closed.");
    }
}
