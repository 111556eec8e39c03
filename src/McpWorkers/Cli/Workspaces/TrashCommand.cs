using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using McpWorkers.Engine.Model;
using McpWorkers.Rendering;

namespace McpWorkers.Cli.Workspaces;

/// <summary><c>mcpworkers workers trash</c>: what was discarded. It is emptied by command only.</summary>
internal static class TrashCommand
{
    public static Command Build(CliEnvironment environment, CommonOptions common) =>
        new("trash", "What was discarded: look at it, have it back, delete it for good.")
        {
            List(environment, common),
            Show(environment, common),
            Restore(environment, common),
            Empty(environment, common),
        };

    private static Command List(CliEnvironment environment, CommonOptions common)
    {
        var json = CommonOptions.Json();
        var command = new Command("list", "List the snapshots, the newest first.") { json };
        command.SetAction((parsed, cancellationToken) => Connected.RunAsync(
            environment,
            common.EngineOf(parsed),
            async (client, cancellation) =>
            {
                var entries = await client.Workspaces.TrashAsync(cancellation);
                if (parsed.GetValue(json))
                {
                    await environment.Out.WriteLineAsync(entries.ToJsonString(ResultJson.Relaxed));
                }
                else if (entries.Count == 0)
                {
                    await environment.Error.WriteLineAsync("The trash is empty.");
                }
                else
                {
                    await environment.Out.WriteAsync(string.Concat(entries.Select(entry => Line(entry!))));
                }

                return ExitCodes.Success;
            },
            cancellationToken));
        return command;
    }

    private static Command Show(CliEnvironment environment, CommonOptions common)
    {
        var id = TrashId();
        var json = CommonOptions.Json();
        var command = new Command("show", "List the files of a snapshot.") { id, json };
        command.SetAction((parsed, cancellationToken) => Connected.RunAsync(
            environment,
            common.EngineOf(parsed),
            async (client, cancellation) =>
            {
                var shown = await client.Workspaces.TrashFilesAsync(parsed.GetRequiredValue(id), cancellation);
                if (parsed.GetValue(json))
                {
                    await environment.Out.WriteLineAsync(shown.ToJsonString(ResultJson.Relaxed));
                    return ExitCodes.Success;
                }

                await environment.Out.WriteAsync(Line(shown["entry"]!));
                foreach (var file in shown["files"]!.AsArray())
                {
                    await environment.Out.WriteLineAsync($"  {ChangesText.Name(file?["state"]),-9} {Size(file?["bytes"]),10}  {ChangesText.Name(file?["path"])}");
                }

                foreach (var left in shown["entry"]!["left_out"] as JsonArray ?? [])
                {
                    await environment.Out.WriteLineAsync($"  left out: {ChangesText.Name(left)}");
                }

                return ExitCodes.Success;
            },
            cancellationToken));
        return command;
    }

    private static Command Restore(CliEnvironment environment, CommonOptions common)
    {
        var id = TrashId();
        var json = CommonOptions.Json();
        var command = new Command("restore", "Make a workspace again as it was; the snapshot stays.") { id, json };
        command.SetAction((parsed, cancellationToken) => Connected.RunAsync(
            environment,
            common.EngineOf(parsed),
            async (client, cancellation) =>
            {
                var workspace = await client.Workspaces.RestoreAsync(parsed.GetRequiredValue(id), cancellation);
                await environment.Out.WriteLineAsync(parsed.GetValue(json)
                    ? workspace.ToJsonString(ResultJson.Relaxed)
                    : $"{ChangesText.Name(workspace["worker_id"])} is there again, at {TerminalText.OneLine(workspace["path"]?.ToString() ?? "", 1000)}.");
                return ExitCodes.Success;
            },
            cancellationToken));
        return command;
    }

    private static Command Empty(CliEnvironment environment, CommonOptions common)
    {
        var ids = new Argument<string[]>("snapshots") { Description = "Ids of snapshots, as 'trash list' shows them.", HelpName = "ID", Arity = ArgumentArity.ZeroOrMore };
        var all = new Option<bool>("--all") { Description = "All of them; asks first." };
        var yes = new Option<bool>("--yes") { Description = "Do not ask." };
        var json = CommonOptions.Json();
        var command = new Command("empty", "Delete snapshots for good. Nobody can undo it.") { ids, all, yes, json };
        command.SetAction((parsed, cancellationToken) =>
        {
            var chosen = MergeCommand.Chosen(parsed.GetValue(ids) ?? [], parsed.GetValue(all), "snapshots", "--all");
            return Connected.RunAsync(
                environment,
                common.EngineOf(parsed),
                async (client, cancellation) =>
                {
                    if (chosen is null && !parsed.GetValue(yes) && !await IsMeantAsync(environment, (await client.Workspaces.TrashAsync(cancellation)).Count, cancellation))
                    {
                        await environment.Error.WriteLineAsync("Nothing was deleted.");
                        return ExitCodes.RunFailed;
                    }

                    int deleted = await client.Workspaces.EmptyTrashAsync(chosen, cancellation);
                    await environment.Out.WriteLineAsync(parsed.GetValue(json)
                        ? new JsonObject { ["deleted"] = deleted }.ToJsonString(ResultJson.Relaxed)
                        : $"Deleted {ChangesText.Counted(deleted, "snapshot")}.");
                    return ExitCodes.Success;
                },
                cancellationToken);
        });
        return command;
    }

    private static async Task<bool> IsMeantAsync(CliEnvironment environment, int count, CancellationToken cancellationToken)
    {
        if (environment.InIsRedirected || !environment.ErrorIsTerminal)
        {
            throw new RefusedException(RefusalCode.InvalidArgument, "--all deletes all snapshots for good, and there is no terminal to ask at. Give --yes if that is meant.");
        }

        await environment.Error.WriteAsync($"Delete {ChangesText.Counted(count, "snapshot")} for good? Nobody can undo it. [y/N] ");
        string? answer = await environment.In.ReadLineAsync(cancellationToken);
        return answer?.Trim().ToUpperInvariant() is "Y" or "YES";
    }

    private static Argument<string> TrashId() => new("snapshot") { Description = "The snapshot's id, as 'trash list' shows it.", HelpName = "ID" };

    private static string Line(JsonNode entry) =>
        $"{ChangesText.Name(entry["trash_id"])}  {ChangesText.Name(entry["taken"])}  {ChangesText.Counted(ChangesText.Number(entry["file_count"]), "file")}, "
        + $"{Size(entry["bytes"])}  {ChangesText.Name(entry["why"])}  ({ChangesText.Name(entry["source"])})\n";

    private static string Size(JsonNode? bytes) => ChangesText.Number(bytes) switch
    {
        < 1000 and var few => string.Create(CultureInfo.InvariantCulture, $"{few} B"),
        < 1_000_000 and var some => string.Create(CultureInfo.InvariantCulture, $"{some / 1e3:0.0} kB"),
        < 1_000_000_000 and var many => string.Create(CultureInfo.InvariantCulture, $"{many / 1e6:0.0} MB"),
        var most => string.Create(CultureInfo.InvariantCulture, $"{most / 1e9:0.0} GB"),
    };
}
