using McpWorkers.Engine.Model;
using McpWorkers.Engine.Workers;
using McpWorkers.Rendering;

namespace McpWorkers.Cli.Execute;

/// <summary>One <c>workers execute</c>, from the first spawn to the exit code.</summary>
internal sealed class ExecuteSession(CliEnvironment environment, ExecuteArguments arguments)
{
    public async Task<int> RunAsync(EngineRequest request, CancellationToken cancellationToken)
    {
        using var interruption = new Interruption(environment);
        await using var manager = await environment.Engine(request, cancellationToken);
        foreach (string warning in manager.Settings.Warnings)
        {
            await environment.Error.WriteLineAsync("mcpworkers: warning: " + TerminalText.OneLine(warning, 1000));
        }

        using var changes = manager.Events.Subscribe(4096);
        var ids = await manager.SpawnAsync(
            new SpawnRequest
            {
                WorkerType = arguments.Type,
                Count = arguments.Count,
                Model = arguments.Model,
                Permission = arguments.Permission,
                WorkingDirectory = arguments.WorkingDirectory,
            },
            cancellationToken);
        string[] prompts = [.. Enumerable.Repeat(arguments.Prompt, ids.Count)];
        var batch = manager.ExecuteBatchAsync(ids, prompts, new ExecuteOptions { Timeout = arguments.Timeout }, CancellationToken.None);

        IProgressView view = environment.CanRedraw ? new LiveProgress(environment) : new PlainProgress(environment.Error);
        var stop = new OrderlyStop(manager, ids, interruption, environment.Time).WatchAsync(batch, view);
        await view.ShowAsync(() => Mine(manager, ids), changes, batch);
        var results = await batch;
        var stopped = await stop;

        bool shown = await TryShowAsync(results, Mine(manager, ids));
        foreach (var worker in stopped)
        {
            await environment.Error.WriteLineAsync($"Stopped {worker.WorkerId} ({worker.WorkerType}).");
        }

        await environment.Error.WriteLineAsync(ResultText.Summary(results));
        await manager.CloseAllAsync(CancellationToken.None);
        int code = ExitCodes.Of(results.Select(result => result.Status), interrupted: stopped.Count > 0);
        return shown || code != ExitCodes.Success ? code : ExitCodes.RunFailed;
    }

    /// <summary>False where standard output does not take the results: the work is done all the same, and lies in the run directories.</summary>
    private async Task<bool> TryShowAsync(IReadOnlyList<WorkerResult> results, IReadOnlyList<WorkerSnapshot> workers)
    {
        try
        {
            await ShowAsync(results, workers);
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            await environment.Error.WriteLineAsync($"mcpworkers: the results could not be written to standard output: {TerminalText.OneLine(e.Message, 1000)}");
            foreach (var result in results.Where(result => result.Metadata["run_directory"] is not null))
            {
                await environment.Error.WriteLineAsync($"The result of {result.WorkerId} is in {TerminalText.OneLine(result.Metadata["run_directory"]!.ToString(), 1000)}.");
            }

            return false;
        }
    }

    private async Task ShowAsync(IReadOnlyList<WorkerResult> results, IReadOnlyList<WorkerSnapshot> workers)
    {
        if (arguments.Json)
        {
            await environment.Out.WriteLineAsync(ResultJson.Of(results).ToJsonString(ResultJson.Relaxed));
            return;
        }

        var simulated = workers.Where(worker => worker.Simulated).Select(worker => worker.WorkerId).ToHashSet();
        foreach (var result in results)
        {
            await environment.Out.WriteAsync(
                ResultText.Of(result, simulated.Contains(result.WorkerId), environment.OutIsTerminal && environment.Colours));
        }
    }

    private static WorkerSnapshot[] Mine(WorkerManager manager, IReadOnlyList<string> ids) =>
        [.. manager.List().Where(worker => ids.Contains(worker.WorkerId))];
}
