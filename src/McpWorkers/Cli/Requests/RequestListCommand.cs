using System.CommandLine;
using System.Text.Json.Nodes;
using McpWorkers.Engine.Model;
using McpWorkers.Mcp.Client;
using McpWorkers.Rendering;

namespace McpWorkers.Cli.Requests;

/// <summary><c>mcpworkers requests list</c>: once, or as they come.</summary>
internal static class RequestListCommand
{
    private const int LimitUsual = 50;
    private const int LimitMax = 200;

    private static readonly TimeSpan Look = TimeSpan.FromSeconds(1);

    public static Command Build(CliEnvironment environment, CommonOptions common)
    {
        var state = new Option<string?>("--state") { Description = "Those that wait for an answer, the others, or all. [default: pending]", HelpName = "pending|decided|all" };
        state.AcceptOnlyFromAmong("pending", "decided", "all");
        var kind = new Option<string?>("--kind") { Description = "Only of this kind.", HelpName = string.Join('|', RequestNames.Kinds) };
        kind.AcceptOnlyFromAmong([.. RequestNames.Kinds]);
        var worker = new Option<string?>("--worker") { Description = "Only of this worker.", HelpName = "ID" };
        var task = new Option<string?>("--task") { Description = "Only of this task.", HelpName = "ID" };
        var limit = new Option<int>("--limit", "-n")
        {
            Description = "At most so many, 1 to 200.",
            HelpName = "N",
            DefaultValueFactory = static _ => LimitUsual,
            CustomParser = static result => WholeNumber.Parse(result, "-n", "1 to 200", n => n is >= 1 and <= LimitMax),
        };
        var before = new Option<string?>("--before") { Description = "The next page: next_before of the one before.", HelpName = "CURSOR" };
        var watch = new Option<bool>("--watch", "-w") { Description = "Show those that wait, and go on with each new one as it comes, until Ctrl-C." };
        var json = CommonOptions.Json();
        var command = new Command("list", "List what waits for an answer, the newest first.") { state, kind, worker, task, limit, before, watch, json };
        command.Validators.Add(result =>
        {
            if (result.GetValue(watch) && (result.GetValue(before) is not null || result.GetValue(state) is not (null or "pending")))
            {
                result.AddError("--watch shows what waits for an answer: leave out --before and --state.");
            }
        });
        command.SetAction((parsed, cancellationToken) => Connected.RunAsync(
            environment,
            common.EngineOf(parsed),
            async (client, cancellation) =>
            {
                var question = new JsonObject { ["limit"] = parsed.GetValue(watch) ? LimitMax : parsed.GetValue(limit) };
                SpawnForm.Add(question, "state", parsed.GetValue(state));
                SpawnForm.Add(question, "kind", parsed.GetValue(kind));
                SpawnForm.Add(question, "worker_id", parsed.GetValue(worker));
                SpawnForm.Add(question, "task_id", parsed.GetValue(task));
                SpawnForm.Add(question, "before", parsed.GetValue(before));
                return parsed.GetValue(watch)
                    ? await WatchAsync(environment, client.Requests, question, parsed.GetValue(json), cancellation)
                    : await OnceAsync(environment, client.Requests, question, parsed.GetValue(json), cancellation);
            },
            cancellationToken));
        return command;
    }

    private static async Task<int> OnceAsync(CliEnvironment environment, RequestClient client, JsonObject question, bool json, CancellationToken cancellation)
    {
        var page = await client.ListAsync(question, cancellation);
        var requests = page["requests"] as JsonArray ?? [];
        if (json)
        {
            await environment.Out.WriteLineAsync(page.ToJsonString(ResultJson.Relaxed));
        }
        else if (requests.Count == 0)
        {
            await environment.Error.WriteLineAsync("Nothing waits for an answer. --state all shows what was asked before.");
        }
        else
        {
            await environment.Out.WriteAsync(RequestText.Table(requests, environment.Time.GetUtcNow(), environment.LineWidth));
            if (page["next_before"]?.ToString() is { } next)
            {
                await environment.Error.WriteLineAsync($"There are more: --before {next}");
            }
        }

        return ExitCodes.Success;
    }

    /// <summary>A line for each; ends with Ctrl-C alone.</summary>
    private static async Task<int> WatchAsync(CliEnvironment environment, RequestClient client, JsonObject question, bool json, CancellationToken cancellation)
    {
        HashSet<string> shown = [];
        while (true)
        {
            var page = await client.ListAsync(question, cancellation);
            var waiting = (page["requests"] as JsonArray ?? []).OfType<JsonObject>().Reverse().ToList();
            foreach (var request in waiting.Where(request => !shown.Contains(RequestText.Id(request))))
            {
                await environment.Out.WriteLineAsync(json ? request.ToJsonString(ResultJson.Relaxed) : RequestText.Line(request));
            }

            // Only those that still wait need to be remembered: a request never waits again.
            shown = [.. waiting.Select(RequestText.Id)];
            await Task.Delay(Look, environment.Time, cancellation);
        }
    }
}
