using McpWorkers.Engine.Budgets;
using McpWorkers.Engine.Model;
using McpWorkers.Engine.Storage;
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
        var budget = BudgetOf(options);
        Arguments.CheckPrompt(prompt, host.Settings.PromptBytesMax);

        // What has no bound is accepted at once, in the order of the calls.
        return FirstAsync(host.Budgets.IsBounded(worker.Budgeted("", worker.BudgetOf(budget)))
            ? CheckedAsync()
            : intake.AcceptAsync([(worker, prompt)], timeout, budget));

        async Task<IReadOnlyList<PromptRun>> CheckedAsync() => await RefusalAsync(worker, budget) is { } refusal
            ? throw refusal
            : await intake.AcceptAsync([(worker, prompt)], timeout, budget);

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
        var budget = BudgetOf(options);
        var workers = workerIds.Select(id => host.Registry.TryFind(id, caller)).ToList();
        var refusals = await RefusalsAsync(workers, budget);
        var accepted = new Queue<PromptRun>(await intake.AcceptAsync(
            [.. workers.Zip(prompts).Where(pair => pair.First is not null && !refusals.ContainsKey(pair.First)).Select(pair => (pair.First!, pair.Second))],
            timeout, budget));
        return [.. workers.Zip(workerIds, ItemOf)];

        (PromptRun? Run, WorkerResult? Refused) ItemOf(Worker? worker, string id)
        {
            if (worker is null)
            {
                return (null, Refused(id, host.Registry.Unknown(id, caller)));
            }

            if (refusals.TryGetValue(worker, out var refusal))
            {
                return (null, Refused(id, refusal.Message));
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

    private WorkerResult Refused(string workerId, string why) => new()
    {
        WorkerId = workerId,
        Status = WorkerStatus.Failed,
        Error = why,
        Metadata = new() { ["outcome"] = "refused" },
        Timestamp = host.Time.GetUtcNow(),
    };

    /// <summary>Those of which nothing may be spent now.</summary>
    private async Task<IReadOnlyDictionary<Worker, RefusedException>> RefusalsAsync(IReadOnlyList<Worker?> workers, RunBudget budget)
    {
        Dictionary<Worker, RefusedException> refusals = [];
        foreach (var worker in workers.OfType<Worker>().Distinct())
        {
            if (host.Budgets.IsBounded(worker.Budgeted("", worker.BudgetOf(budget))) && await RefusalAsync(worker, budget) is { } refusal)
            {
                refusals.Add(worker, refusal);
            }
        }

        return refusals;
    }

    /// <summary>Null where the run may begin, as far as its budgets are concerned.</summary>
    private async Task<RefusedException?> RefusalAsync(Worker worker, RunBudget budget)
    {
        try
        {
            return await host.Budgets.CheckAsync(worker.Budgeted("", worker.BudgetOf(budget)), CancellationToken.None) switch
            {
                BudgetAnswer.Impossible(var message) => new(RefusalCode.Unsupported, message),
                BudgetAnswer.Spent(_, _, var message) => new(RefusalCode.LimitReached, message),
                _ => null,
            };
        }
        catch (StoreException e)
        {
            return new(RefusalCode.StoreUnavailable, e.Message);
        }
    }

    private static RunBudget BudgetOf(ExecuteOptions? options)
    {
        var budget = options?.Budget ?? Budget.None;
        Arguments.CheckBudget(budget);
        return budget.IsNone ? RunBudget.None : new() { Own = budget };
    }

    private static TimeSpan TimeoutOf(ExecuteOptions? options)
    {
        var timeout = options?.Timeout ?? TimeSpan.Zero;
        Arguments.CheckTimeout(timeout);
        return timeout;
    }
}
