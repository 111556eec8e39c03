using System.CommandLine;
using System.Text.Json.Nodes;
using McpWorkers.Engine.Model;
using McpWorkers.Mcp.Client;

namespace McpWorkers.Cli.Verbs;

/// <summary><c>mcpworkers workers collect</c>: the last results, whole; of runs that go on, what there is so far.</summary>
internal static class CollectCommand
{
    private static readonly TimeSpan Look = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan LeastPause = TimeSpan.FromMilliseconds(100);

    public static Command Build(CliEnvironment environment, CommonOptions common)
    {
        var workers = WorkerIds.Several("The workers' ids. [default: all that have a result]");
        var wait = new Option<bool>("--wait") { Description = "Wait until none of them is at work." };
        var json = CommonOptions.Json();
        var command = new Command("collect", "Print the last results of workers; of a run that goes on, what there is so far.") { workers, wait, json };
        command.SetAction((parsed, cancellationToken) => Connected.RunAsync(
            environment,
            common.EngineOf(parsed),
            async (client, cancellation) =>
            {
                string[]? ids = parsed.GetValue(workers) is { Length: > 0 } named ? [.. named.Distinct()] : null;
                if (parsed.GetValue(wait))
                {
                    await UntilSettledAsync(client, ids, environment.Time, cancellation);
                }

                var collected = await client.CollectAsync(ids, cancellation);
                return await PrintAsync(environment, collected, parsed.GetValue(json));
            },
            cancellationToken,
            "The runs go on; collect again to get their results."));
        return command;
    }

    private static async Task UntilSettledAsync(WorkerClient client, string[]? ids, TimeProvider time, CancellationToken cancellation)
    {
        // A monitor answers early where a status changes, and at once where nothing is at work: the pause is for the moment between the two.
        while (!await AllSettledAsync(client, ids, cancellation))
        {
            await Task.Delay(LeastPause, time, cancellation);
        }
    }

    private static async Task<bool> AllSettledAsync(WorkerClient client, string[]? ids, CancellationToken cancellation)
    {
        // Refuses ids that are not known, which the list does not.
        await client.MonitorAsync(ids, Look, cancellation);
        var states = await client.StatesAsync(cancellation);
        return !states.Any(state => (ids is null || ids.Contains(state.WorkerId)) && state.IsAtWork);
    }

    private static async Task<int> PrintAsync(CliEnvironment environment, JsonObject collected, bool json)
    {
        var results = ResultPrinter.Read(collected.Select(pair => pair.Value));
        var settled = results.Where(result => result.Status.IsSettled()).ToList();
        bool printed = await ResultPrinter.TryPrintAsync(environment, results, json ? collected : null);
        if (!json && results.Count == 0)
        {
            await environment.Error.WriteLineAsync("There is nothing to collect.");
        }
        else if (!json && settled.Count < results.Count)
        {
            string unsettled = string.Join(", ", results.Where(result => !result.Status.IsSettled()).Select(result => $"{result.WorkerId} {result.Status.ToWire()}"));
            await environment.Error.WriteLineAsync($"Not settled: {unsettled}. '--wait' waits for those at work.");
        }

        return ResultPrinter.ExitCodeOf(settled, printed);
    }
}
