using System.CommandLine;
using McpWorkers.Engine.Model;
using McpWorkers.Mcp.Client;
using McpWorkers.Rendering;

namespace McpWorkers.Cli.Workspaces;

/// <summary><c>mcpworkers workers diff</c>: what a worker's workspace holds, as a patch or in figures.</summary>
internal static class DiffCommand
{
    public static Command Build(CliEnvironment environment, CommonOptions common)
    {
        var worker = WorkerIds.One("The worker's id; it may be closed.");
        var stat = new Option<bool>("--stat") { Description = "Only the files and how many lines changed." };
        var patch = new Option<string?>("--patch") { Description = "Write the patch to this file, byte for byte; 'git apply' takes it.", HelpName = "FILE" };
        var json = CommonOptions.Json();
        var command = new Command("diff", "Show what a worker changed in its worktree or clone.") { worker, stat, patch, json };
        command.SetAction((parsed, cancellationToken) => Connected.RunAsync(
            environment,
            common.EngineOf(parsed),
            async (client, cancellation) =>
            {
                string id = parsed.GetRequiredValue(worker);
                if (common.Absolute(parsed.GetValue(patch)) is { } file)
                {
                    await SaveAsync(client.Workspaces, id, file, cancellation);
                    await environment.Error.WriteLineAsync($"The patch of {TerminalText.OneLine(id, 40)} is in {TerminalText.OneLine(file, 1000)}.");
                }

                if (parsed.GetValue(json) || parsed.GetValue(stat))
                {
                    var changes = await client.Workspaces.ChangesAsync(id, cancellation);
                    await (parsed.GetValue(json)
                        ? environment.Out.WriteLineAsync(changes.ToJsonString(ResultJson.Relaxed))
                        : environment.Out.WriteAsync(ChangesText.Of(changes, int.MaxValue)));
                }
                else if (parsed.GetValue(patch) is null)
                {
                    await ShowAsync(environment, client.Workspaces, id, cancellation);
                }

                return ExitCodes.Success;
            },
            cancellationToken));
        return command;
    }

    /// <summary>A terminal gets text and colours, everything else the bytes.</summary>
    private static async Task ShowAsync(CliEnvironment environment, WorkspaceClient client, string id, CancellationToken cancellationToken)
    {
        if (environment.OutIsTerminal)
        {
            var text = new PatchText(environment.Out, environment.Colours);
            await client.ReadPatchAsync(id, text.WriteAsync, cancellationToken);
            await text.EndAsync();
            return;
        }

        await using var output = environment.OutBytes();
        await client.ReadPatchAsync(id, async piece => await output.WriteAsync(piece, cancellationToken), cancellationToken);
    }

    /// <summary>The file is there whole or not at all: half a patch might be applied.</summary>
    private static async Task SaveAsync(WorkspaceClient client, string id, string file, CancellationToken cancellationToken)
    {
        string half = file + ".part";
        try
        {
            await using (var stream = new FileStream(half, FileMode.Create, FileAccess.Write))
            {
                await client.ReadPatchAsync(id, async piece => await stream.WriteAsync(piece, cancellationToken), cancellationToken);
            }

            File.Move(half, file, overwrite: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            TryDelete(half);
            throw new RefusedException(RefusalCode.InvalidArgument, $"--patch {file}: cannot be written: {e.Message}");
        }
        catch
        {
            TryDelete(half);
            throw;
        }
    }

    private static void TryDelete(string file)
    {
        try
        {
            File.Delete(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // What went wrong first is what is told.
        }
    }
}
