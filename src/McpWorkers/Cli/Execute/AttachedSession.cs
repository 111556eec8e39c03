using System.Text.Json.Nodes;
using McpWorkers.Cli.Verbs;
using McpWorkers.Cli.Watch;
using McpWorkers.Engine.Model;
using McpWorkers.Engine.Workers;
using McpWorkers.Mcp.Client;
using McpWorkers.Rendering;

namespace McpWorkers.Cli.Execute;

/// <summary>
/// Prompts on workers that exist and live on: shows what they do, prints the results. Ctrl-C only ends the looking on; the runs go on.
/// </summary>
internal sealed class AttachedSession(CliEnvironment environment, IReadOnlyList<BatchTask> tasks, ExecuteOptions options, bool json)
{
    private const int WarningMax = 500;

    private readonly string[] _ids = [.. tasks.Select(task => task.WorkerId)];

    /// <summary>One prompt; with JSON one result.</summary>
    public Task<int> ExecuteAsync(EngineRequest request, CancellationToken cancellationToken) => RunAsync(
        request,
        async (client, cancellation) => await client.ExecuteAsync(_ids[0], tasks[0].Prompt, options, cancellation),
        cancellationToken);

    /// <summary>Several prompts at once; with JSON a list of results in the order given.</summary>
    public Task<int> BatchAsync(EngineRequest request, CancellationToken cancellationToken) => RunAsync(
        request,
        async (client, cancellation) => await client.ExecuteBatchAsync(_ids, [.. tasks.Select(task => task.Prompt)], options, cancellation),
        cancellationToken);

    /// <summary>One prompt, and no waiting for its result.</summary>
    public Task<int> SubmitAsync(EngineRequest request, CancellationToken cancellationToken) => Connected.RunAsync(
        environment,
        request,
        async (client, cancellation) =>
        {
            await DebugView.WindowAsync(environment, request, client, cancellation);
            var answer = await client.SubmitAsync(_ids[0], tasks[0].Prompt, options, cancellation);
            if (json)
            {
                await ResultPrinter.TryPrintAsync(environment, [], answer);
                return ExitCodes.Success;
            }

            await environment.Out.WriteLineAsync(answer["metadata"]?["run_id"]?.ToString() ?? answer["run_id"]?.ToString());
            foreach (var warning in answer["metadata"]?["warnings"] as JsonArray ?? [])
            {
                await environment.Error.WriteLineAsync(TerminalText.OneLine($"warning: {warning}", WarningMax));
            }

            await environment.Error.WriteLineAsync($"The run goes on. {HowOn()}");
            return ExitCodes.Success;
        },
        cancellationToken,
        $"It is not known whether the prompt was accepted. {HowOn()}");

    private Task<int> RunAsync(
        EngineRequest request, Func<WorkerClient, CancellationToken, Task<JsonNode>> call, CancellationToken cancellationToken) => Connected.RunAsync(
        environment,
        request,
        async (client, cancellation) =>
        {
            await using var debug = await DebugView.OpenAsync(environment, request, client, cancellation);
            var view = debug.ViewOf(environment);
            client.Tell = view.Say;
            var watch = new WorkerWatch(client, _ids, environment.Time);
            await watch.LookAsync(cancellation);
            debug.Begin();
            var calling = call(client, cancellation);
            var finished = FinishAsync(calling, watch);
            await view.ShowAsync(watch, finished);
            var results = await finished;
            await debug.FinishAsync();
            bool printed = await ResultPrinter.TryPrintAsync(environment, results, json ? await calling : null);
            if (results.Count > 1)
            {
                await environment.Error.WriteLineAsync(ResultText.Summary(results));
            }

            return ResultPrinter.ExitCodeOf(results, printed);
        },
        cancellationToken,
        $"The runs that were accepted go on. {HowOn()}");

    private static async Task<IReadOnlyList<WorkerResult>> FinishAsync(Task<JsonNode> calling, WorkerWatch watch)
    {
        await watch.UntilAsync(calling);
        var answer = await calling;
        var results = ResultPrinter.Read(answer as JsonArray ?? [answer.DeepClone()]);
        watch.Settle(results);
        return results;
    }

    private string HowOn()
    {
        string ids = string.Join(' ', _ids.Distinct());
        return $"Collect: 'mcpworkers workers collect {ids} --wait'. Stop: 'mcpworkers workers cancel ID'.";
    }
}
