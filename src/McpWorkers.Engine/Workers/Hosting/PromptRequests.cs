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

        async Task<IReadOnlyList<PromptRun>> CheckedAsync()
        {
            var (refusal, warnings) = await CheckAsync(worker, budget);
            var accepted = refusal is null ? await intake.AcceptAsync([(worker, prompt)], timeout, budget) : throw refusal;
            accepted[0].BudgetWarnings = warnings;
            return accepted;
        }

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
        var checks = await CheckAllAsync(workers, budget);
        var accepted = new Queue<PromptRun>(await intake.AcceptAsync(
            [.. workers.Zip(prompts).Where(pair => pair.First is not null && checks.GetValueOrDefault(pair.First).Refusal is null).Select(pair => (pair.First!, pair.Second))],
            timeout, budget));
        return [.. workers.Zip(workerIds, ItemOf)];

        (PromptRun? Run, WorkerResult? Refused) ItemOf(Worker? worker, string id)
        {
            if (worker is null)
            {
                return (null, Refused(id, host.Registry.Unknown(id, caller)));
            }

            var (refusal, warnings) = checks.GetValueOrDefault(worker);
            if (refusal is not null)
            {
                return (null, Refused(id, refusal.Message));
            }

            var run = accepted.Dequeue();
            run.BudgetWarnings = warnings ?? [];
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

    /// <summary>Those that are bounded: whether they may begin, as far as their budgets are concerned.</summary>
    private async Task<IReadOnlyDictionary<Worker, (RefusedException? Refusal, IReadOnlyList<string>? Warnings)>> CheckAllAsync(IReadOnlyList<Worker?> workers, RunBudget budget)
    {
        Dictionary<Worker, (RefusedException? Refusal, IReadOnlyList<string>? Warnings)> checks = [];
        foreach (var worker in workers.OfType<Worker>().Distinct())
        {
            if (host.Budgets.IsBounded(worker.Budgeted("", worker.BudgetOf(budget))))
            {
                checks.Add(worker, await CheckAsync(worker, budget));
            }
        }

        return checks;
    }

    /// <returns>Null where the run may begin, as far as its budgets are concerned; and what its caller should know then.</returns>
    private async Task<(RefusedException? Refusal, IReadOnlyList<string> Warnings)> CheckAsync(Worker worker, RunBudget budget)
    {
        try
        {
            return await host.Budgets.CheckAsync(worker.Budgeted("", worker.BudgetOf(budget)), CancellationToken.None) switch
            {
                BudgetAnswer.Impossible(var message) => (new(RefusalCode.Unsupported, message), []),
                BudgetAnswer.Spent(_, _, var message) => (new(RefusalCode.LimitReached, message), []),
                BudgetAnswer.Free(var warnings) => (null, warnings),
                _ => throw new System.Diagnostics.UnreachableException(),
            };
        }
        catch (StoreException e)
        {
            return (new(RefusalCode.StoreUnavailable, e.Message), []);
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
