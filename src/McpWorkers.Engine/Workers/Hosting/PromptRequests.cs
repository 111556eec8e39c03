using McpWorkers.Engine.Model;
using McpWorkers.Engine.Workers.Runs;

namespace McpWorkers.Engine.Workers.Hosting;

/// <summary>Checks what callers want to be run, and has it accepted.</summary>
internal sealed class PromptRequests(WorkerHost host, RunIntake intake)
{
    /// <summary>Returns once the run is stored. What is wrong is refused before anything is awaited.</summary>
    /// <exception cref="RefusedException">Unknown worker, a bad prompt, time-out out of range; it cannot be stored.</exception>
    public Task<PromptRun> AcceptAsync(string workerId, string prompt, ExecuteOptions? options, Caller caller)
    {
        host.CheckOpen();
        var worker = host.Registry.Find(workerId, caller);
        var timeout = TimeoutOf(options);
        Arguments.CheckPrompt(prompt, host.Settings.PromptBytesMax);
        return FirstAsync(intake.AcceptAsync([(worker, prompt)], timeout));

        async Task<PromptRun> FirstAsync(Task<IReadOnlyList<PromptRun>> accepted)
        {
            var run = (await accepted)[0];
            Note(worker, run, caller);
            return run;
        }
    }

    /// <summary>Prompt i for worker i, all in one step. An item of an unknown worker is refused by itself: exactly one of the two is there.</summary>
    /// <exception cref="RefusedException">Lists empty or of different length, a bad prompt, time-out out of range; then nothing was accepted.</exception>
    public async Task<IReadOnlyList<(PromptRun? Run, WorkerResult? Refused)>> AcceptBatchAsync(
        IReadOnlyList<string> workerIds, IReadOnlyList<string> prompts, ExecuteOptions? options, Caller caller)
    {
        host.CheckOpen();
        Arguments.CheckBatch(workerIds, prompts, host.Settings.PromptBytesMax);
        var timeout = TimeoutOf(options);
        var workers = workerIds.Select(id => host.Registry.TryFind(id, caller)).ToList();
        var accepted = new Queue<PromptRun>(await intake.AcceptAsync(
            [.. workers.Zip(prompts).Where(pair => pair.First is not null).Select(pair => (pair.First!, pair.Second))], timeout));
        return [.. workers.Zip(workerIds, ItemOf)];

        (PromptRun? Run, WorkerResult? Refused) ItemOf(Worker? worker, string id)
        {
            if (worker is null)
            {
                return (null, Refused(id, caller));
            }

            var run = accepted.Dequeue();
            Note(worker, run, caller);
            return (run, null);
        }
    }

    private void Note(Worker worker, PromptRun run, Caller caller)
    {
        if (caller.DebugClient is { } client)
        {
            host.Debug.Note(client, worker.Id, run.Identity.RunId);
        }
    }

    private WorkerResult Refused(string workerId, Caller caller) => new()
    {
        WorkerId = workerId,
        Status = WorkerStatus.Failed,
        Error = host.Registry.Unknown(workerId, caller),
        Metadata = new() { ["outcome"] = "refused" },
        Timestamp = host.Time.GetUtcNow(),
    };

    private static TimeSpan TimeoutOf(ExecuteOptions? options)
    {
        var timeout = options?.Timeout ?? TimeSpan.Zero;
        Arguments.CheckTimeout(timeout);
        return timeout;
    }
}
