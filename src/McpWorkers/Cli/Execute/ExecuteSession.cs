using System.Text.Json.Nodes;
using McpWorkers.Cli.Watch;
using McpWorkers.Engine.Model;
using McpWorkers.Mcp.Client;
using McpWorkers.Rendering;

namespace McpWorkers.Cli.Execute;

/// <summary>One <c>workers execute</c> with workers of its own, from the first spawn to the exit code.</summary>
internal sealed class ExecuteSession(CliEnvironment environment, ExecuteArguments arguments)
{
    public async Task<int> RunAsync(EngineRequest request, CancellationToken cancellationToken)
    {
        using var interruption = new Interruption(environment);
        await using var client = new WorkerClient(environment.Door(request), environment.Time) { Tell = message => Connected.Say(environment, message) };
        if (!await interruption.TryAsync(client.ConnectAsync, cancellationToken))
        {
            return ExitCodes.Interrupted;
        }

        await WarnAsync(client, cancellationToken);
        await using var debug = await DebugView.OpenAsync(environment, request, client, cancellationToken);
        var ids = await client.SpawnAsync(arguments.Spawn, cancellationToken);
        IReadOnlyList<WorkerResult> results;
        IReadOnlyList<WorkerState> stopped;
        JsonArray answer;
        try
        {
            (answer, results, stopped) = await ExecuteAsync(client, ids, interruption, debug);
        }
        catch (UnansweredException)
        {
            await environment.Error.WriteLineAsync(
                $"mcpworkers: the workers of this command are still there, 'mcpworkers workers close ID' ends each: {string.Join(' ', ids)}");
            throw;
        }
        catch (RefusedException)
        {
            await CloseAsync(client, ids);
            throw;
        }

        bool printed = await ResultPrinter.TryPrintAsync(environment, results, arguments.Json ? answer : null);
        foreach (var worker in stopped)
        {
            await environment.Error.WriteLineAsync($"Stopped {worker.WorkerId} ({worker.WorkerType}).");
        }

        await environment.Error.WriteLineAsync(ResultText.Summary(results));
        await CloseAsync(client, ids);
        return ResultPrinter.ExitCodeOf(results, printed, interrupted: stopped.Count > 0);
    }

    private async Task<(JsonArray Answer, IReadOnlyList<WorkerResult> Results, IReadOnlyList<WorkerState> Stopped)> ExecuteAsync(
        WorkerClient client, IReadOnlyList<string> ids, Interruption interruption, DebugView debug)
    {
        var watch = new WorkerWatch(client, ids, environment.Time);
        await watch.LookAsync(CancellationToken.None);
        string[] prompts = [.. Enumerable.Repeat(arguments.Prompt, ids.Count)];
        var view = debug.ViewOf(environment);
        client.Tell = view.Say;
        debug.Begin();

        var batch = client.ExecuteBatchAsync(ids, prompts, new() { Timeout = arguments.Timeout }, CancellationToken.None);
        var finished = FinishAsync(batch, watch);
        var stop = new OrderlyStop(client, ids, interruption, environment.Time).WatchAsync(finished, view);
        await view.ShowAsync(watch, finished);
        var results = await finished;
        await debug.FinishAsync();
        return (await batch, results, await stop);
    }

    private static async Task<IReadOnlyList<WorkerResult>> FinishAsync(Task<JsonArray> batch, WorkerWatch watch)
    {
        await watch.UntilAsync(batch);
        var results = ResultPrinter.Read(await batch);
        watch.Settle(results);
        return results;
    }

    private async Task WarnAsync(WorkerClient client, CancellationToken cancellationToken)
    {
        var health = await client.HealthAsync(cancellationToken);
        foreach (var warning in health["warnings"] as JsonArray ?? [])
        {
            await environment.Error.WriteLineAsync("mcpworkers: warning: " + TerminalText.OneLine(warning?.ToString() ?? "", 1000));
        }
    }

    /// <summary>The results are out: a worker that cannot be closed costs a line, not the exit code.</summary>
    private async Task CloseAsync(WorkerClient client, IReadOnlyList<string> ids)
    {
        foreach (string id in ids)
        {
            try
            {
                await client.CloseAsync(id, CancellationToken.None);
            }
            catch (Exception e) when (e is RefusedException or UnansweredException)
            {
                await environment.Error.WriteLineAsync($"mcpworkers: {TerminalText.OneLine($"{id} was not closed: {e.Message}", 1000)}");
            }
        }
    }
}
