using System.CommandLine;
using System.Text.Json.Nodes;
using McpWorkers.Cli.Daemon;
using McpWorkers.Daemon;
using McpWorkers.Rendering;

namespace McpWorkers.Cli.Workspaces;

/// <summary><c>mcpworkers worktrees</c>: the worktrees and clones that there are, and removing those that nobody needs.</summary>
internal static class WorktreesCommand
{
    /// <summary>Each workspace is looked at by git before it is removed.</summary>
    private static readonly TimeSpan PruneLimit = TimeSpan.FromMinutes(10);

    public static Command Build(CliEnvironment environment, CommonOptions common) => new("worktrees", "The worktrees and clones of workers.")
    {
        List(environment, common),
        Prune(environment, common),
    };

    private static Command List(CliEnvironment environment, CommonOptions common)
    {
        var json = CommonOptions.Json();
        var command = new Command("list", "List them with what each holds, also those whose worker is closed.") { json };
        command.SetAction((parsed, cancellationToken) => Connected.RunAsync(
            environment,
            common.EngineOf(parsed),
            async (client, cancellation) =>
            {
                var listed = await client.Workspaces.ListAsync(null, forecast: false, into: null, cancellation);
                if (parsed.GetValue(json))
                {
                    await environment.Out.WriteLineAsync(listed.ToJsonString(ResultJson.Relaxed));
                }
                else if (listed.Count == 0)
                {
                    await environment.Error.WriteLineAsync("There are no workspaces. 'mcpworkers workers spawn --workspace worktree' makes some.");
                }
                else
                {
                    await environment.Out.WriteAsync(string.Concat(listed.Select(each => Text(each!))));
                }

                return ExitCodes.Success;
            },
            cancellationToken));
        return command;
    }

    private static Command Prune(CliEnvironment environment, CommonOptions common)
    {
        var json = CommonOptions.Json();
        var command = new Command("prune", "Remove those whose worker is gone and that hold nothing, or nothing that is not merged.") { json };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var answer = await DaemonQuestion.AskAsync(environment, common.EngineOf(parsed), DaemonMethods.Prune, [], PruneLimit, cancellationToken);
            if (parsed.GetValue(json))
            {
                await environment.Out.WriteLineAsync(answer.ToJsonString(ResultJson.Relaxed));
                return ExitCodes.Success;
            }

            var removed = answer["removed"] as JsonArray ?? [];
            await environment.Out.WriteLineAsync(removed.Count == 0
                ? "Nothing was removed."
                : $"Removed {ChangesText.Counted(removed.Count, "workspace")}: {string.Join(' ', removed.Select(ChangesText.Name))}");
            foreach (var (id, why) in answer["kept"] as JsonObject ?? [])
            {
                await environment.Out.WriteLineAsync($"Kept {TerminalText.OneLine(id, 40)}: {ChangesText.Name(why)}");
            }

            return ExitCodes.Success;
        });
        return command;
    }

    /// <summary>A line of facts, one of the path and one of what it holds: paths can be copied whole.</summary>
    private static string Text(JsonNode workspace)
    {
        string worker = workspace["has_worker"] is JsonValue has && has.TryGetValue(out bool there) && there ? "" : ", worker closed";
        string merged = workspace["merged_head"] is null ? "" : ", merged before";
        string holds = workspace["error"] is { } error ? $"cannot be read: {ChangesText.Name(error)}" : Holds(workspace["changes"]);
        return $"{ChangesText.Name(workspace["worker_id"])}  {ChangesText.Name(workspace["kind"])}  {ChangesText.Name(workspace["branch"])}"
            + $" -> {(workspace["target"] is { } target ? ChangesText.Name(target) : "(none)")}{worker}{merged}\n"
            + $"  {TerminalText.OneLine(workspace["path"]?.ToString() ?? "", 1000)}\n  {holds}\n";
    }

    private static string Holds(JsonNode? changes)
    {
        long files = ChangesText.Number(changes?["file_count"]);
        long commits = ChangesText.Number(changes?["commits"]);
        int others = (changes?["uncommitted"] as JsonArray ?? []).Count + (changes?["nested_repositories"] as JsonArray ?? []).Count;
        return files + commits + others == 0
            ? "no changes"
            : $"{ChangesText.Counted(files, "file")} changed, +{ChangesText.Number(changes?["added"])} -{ChangesText.Number(changes?["deleted"])}, "
                + ChangesText.Counted(commits, "commit") + (others > 0 ? ", and what is in no commit" : "");
    }
}
