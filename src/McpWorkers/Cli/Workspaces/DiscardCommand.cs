using System.CommandLine;
using System.Text.Json.Nodes;
using McpWorkers.Engine.Model;
using McpWorkers.Rendering;

namespace McpWorkers.Cli.Workspaces;

/// <summary><c>mcpworkers workers discard</c>: removes workspaces; what they held goes into the trash.</summary>
internal static class DiscardCommand
{
    public static Command Build(CliEnvironment environment, CommonOptions common)
    {
        var workers = WorkerIds.AtLeastOne("The workers' ids; they may be closed.");
        var json = CommonOptions.Json();
        var command = new Command("discard", "Remove workspaces; what they hold goes into the trash, from where it can be restored.") { workers, json };
        command.SetAction((parsed, cancellationToken) => Connected.RunAsync(
            environment,
            common.EngineOf(parsed),
            async (client, cancellation) =>
            {
                string[] ids = [.. parsed.GetRequiredValue(workers).Distinct()];
                var done = new JsonArray();
                foreach (string id in ids)
                {
                    try
                    {
                        var answer = await client.Workspaces.DiscardAsync(id, cancellation);
                        if (!parsed.GetValue(json))
                        {
                            await environment.Out.WriteLineAsync(Text(answer));
                        }

                        done.Add(answer.DeepClone());
                    }
                    catch (RefusedException refused) when (ids.Length > 1)
                    {
                        // One that cannot be discarded keeps nothing from the others.
                        await environment.Error.WriteLineAsync("mcpworkers: " + TerminalText.Visible(refused.Message));
                    }
                }

                if (parsed.GetValue(json))
                {
                    await environment.Out.WriteLineAsync(done.ToJsonString(ResultJson.Relaxed));
                }

                return done.Count == ids.Length ? ExitCodes.Success : done.Count > 0 ? ExitCodes.RunFailed : ExitCodes.Usage;
            },
            cancellationToken,
            "It is not known how far the discarding came: 'mcpworkers worktrees list' and 'mcpworkers workers trash list' show it."));
        return command;
    }

    private static string Text(JsonObject answer)
    {
        string id = ChangesText.Name(answer["worker_id"]);
        return answer["trash_id"] is { } trash
            ? $"Discarded {id}: {ChangesText.Counted(ChangesText.Number(answer["file_count"]), "file")} in the trash. "
                + $"To have it back: mcpworkers workers trash restore {ChangesText.Name(trash)}"
            : $"Removed {id}: it held nothing.";
    }
}
