using System.CommandLine;
using System.Text;
using System.Text.Json.Nodes;
using McpWorkers.Cli.Verbs;
using McpWorkers.Engine.Model;
using McpWorkers.Mcp.Client;
using McpWorkers.Rendering;

namespace McpWorkers.Cli.Workspaces;

/// <summary><c>mcpworkers workers merge</c>: brings what workers did into a branch, each whole or not at all; with <c>--dry-run</c> only looks ahead.</summary>
internal static class MergeCommand
{
    public static Command Build(CliEnvironment environment, CommonOptions common)
    {
        var workers = WorkerIds.Several("The workers' ids, in the order in which they are merged; they may be closed.");
        var all = new Option<bool>("--all") { Description = "All that hold something, the oldest first." };
        var into = new Option<string?>("--into") { Description = "The branch. [default: the one that each started from]", HelpName = "B" };
        var squash = new Option<bool>("--squash") { Description = "As one commit each." };
        var verify = WorkspaceOptions.Verify("A command for the shell that must succeed on each result before the branch moves; may be repeated.");
        var dry = new Option<bool>("--dry-run") { Description = "Change nothing: say what would collide." };
        var json = CommonOptions.Json();
        var command = new Command("merge", "Merge what workers changed into the branch that they started from.") { workers, all, into, squash, verify, dry, json };
        command.SetAction((parsed, cancellationToken) =>
        {
            var ids = Chosen(parsed.GetValue(workers) ?? [], parsed.GetValue(all), "workers", "--all");
            if (parsed.GetValue(dry) && (parsed.GetValue(squash) || parsed.GetValue(verify) is { Length: > 0 }))
            {
                throw new RefusedException(RefusalCode.InvalidArgument, "--dry-run merges nothing, so there is nothing to squash or verify. Leave them out.");
            }

            return Connected.RunAsync(
                environment,
                common.EngineOf(parsed),
                (client, cancellation) => parsed.GetValue(dry)
                    ? ForecastAsync(environment, client, ids, parsed.GetValue(into), parsed.GetValue(json), cancellation)
                    : MergeAsync(
                        environment, client, ids,
                        new() { Into = parsed.GetValue(into), Squash = parsed.GetValue(squash), Verify = parsed.GetValue(verify) ?? [] },
                        parsed.GetValue(json), cancellation),
                cancellationToken,
                "It is not known how far the merging came; each workspace is merged whole or not at all: 'mcpworkers worktrees list' shows it.");
        });
        return command;
    }

    /// <summary>Null for all.</summary>
    /// <exception cref="RefusedException">Neither is said, or both are.</exception>
    public static IReadOnlyList<string>? Chosen(IReadOnlyList<string> ids, bool all, string what, string allOption) => (ids.Count, all) switch
    {
        (0, false) => throw new RefusedException(RefusalCode.InvalidArgument, $"it is not said which {what}. Give ids, or {allOption}."),
        ( > 0, true) => throw new RefusedException(RefusalCode.InvalidArgument, $"ids and {allOption} are both given. Give one of them."),
        (_, true) => null,
        _ => [.. ids.Distinct()],
    };

    private static async Task<int> MergeAsync(
        CliEnvironment environment, WorkerClient client, IReadOnlyList<string>? ids, Engine.Workers.MergeOptions options, bool json, CancellationToken cancellationToken)
    {
        var outcomes = await client.Workspaces.MergeAsync(ids, options, cancellationToken);
        if (json)
        {
            await environment.Out.WriteLineAsync(outcomes.ToJsonString(ResultJson.Relaxed));
        }
        else if (outcomes.Count == 0)
        {
            await environment.Error.WriteLineAsync("There is nothing to merge.");
        }
        else
        {
            await environment.Out.WriteAsync(string.Concat(outcomes.Select(Text)));
            var tried = outcomes.Select(outcome => outcome?["worker_id"]?.ToString()).ToHashSet();
            if (ids?.Where(id => !tried.Contains(id)).ToList() is { Count: > 0 } left)
            {
                await environment.Error.WriteLineAsync($"Not tried: {string.Join(' ', left)}.");
            }
        }

        return outcomes.All(outcome => outcome?["status"]?.ToString() is "merged" or "nothing_to_merge") ? ExitCodes.Success : ExitCodes.NotMerged;
    }

    private static async Task<int> ForecastAsync(
        CliEnvironment environment, WorkerClient client, IReadOnlyList<string>? ids, string? into, bool json, CancellationToken cancellationToken)
    {
        var listed = await client.Workspaces.ListAsync(ids, forecast: true, into, cancellationToken);
        var ahead = listed.Where(each => each?["forecast"] is JsonObject).ToList();
        if (json)
        {
            await environment.Out.WriteLineAsync(listed.ToJsonString(ResultJson.Relaxed));
        }
        else if (ahead.Count == 0)
        {
            await environment.Error.WriteLineAsync("There is nothing to merge.");
        }
        else
        {
            await environment.Out.WriteAsync(string.Concat(ahead.Select(each => Forecast(each!))));
        }

        return ahead.All(each => each!["forecast"]!["collisions"] is not JsonArray { Count: > 0 }) ? ExitCodes.Success : ExitCodes.NotMerged;
    }

    private static string Text(JsonNode? outcome)
    {
        string id = ChangesText.Name(outcome?["worker_id"]);
        string target = ChangesText.Name(outcome?["target"]);
        var text = new StringBuilder(outcome?["status"]?.ToString() switch
        {
            "merged" => $"Merged {id} into {target}: {ChangesText.Short(outcome["commit"])}.",
            "nothing_to_merge" => $"{id} has nothing to merge into {target}.",
            "conflict" => $"{id} was not merged into {target}: it collides.",
            "checks_failed" => $"{id} was not merged into {target}: a check failed.",
            var other => $"{id} was not merged into {target}: {TerminalText.OneLine(other ?? "", 40)}.",
        }).Append('\n');
        AppendFiles(text, outcome?["files"], outcome?["files_left_out"]);
        text.Append(ChangesText.Checks(outcome?["checks"]));
        if (outcome?["detail"]?.ToString() is { Length: > 0 } detail)
        {
            text.Append("  ").Append(TerminalText.Visible(detail).Replace("\n", "\n  ", StringComparison.Ordinal)).Append('\n');
        }

        return text.ToString();
    }

    private static string Forecast(JsonNode workspace)
    {
        var forecast = workspace["forecast"]!;
        string id = ChangesText.Name(workspace["worker_id"]);
        var text = new StringBuilder();
        var collisions = forecast["collisions"] as JsonArray ?? [];
        if (collisions.Count == 0)
        {
            text.Append($"{id} can be merged into {ChangesText.Name(forecast["target"])}.\n");
        }

        foreach (var collision in collisions)
        {
            text.Append($"{id} collides with {ChangesText.Name(collision?["with"])}:\n");
            AppendFiles(text, collision?["files"], collision?["files_left_out"]);
        }

        foreach (var overlap in forecast["overlaps"] as JsonArray ?? [])
        {
            if (!collisions.Any(collision => collision?["with"]?.ToString() == overlap?["with"]?.ToString()))
            {
                text.Append($"{id} and {ChangesText.Name(overlap?["with"])} both changed, without a collision:\n");
                AppendFiles(text, overlap?["files"], overlap?["files_left_out"]);
            }
        }

        return text.ToString();
    }

    private static void AppendFiles(StringBuilder text, JsonNode? files, JsonNode? left)
    {
        foreach (var file in files as JsonArray ?? [])
        {
            text.Append("  ").Append(ChangesText.Name(file)).Append('\n');
        }

        if (ChangesText.Number(left) is > 0 and var more)
        {
            text.Append($"  … and {more} more\n");
        }
    }
}
