using McpWorkers.Engine.Model;
using McpWorkers.Engine.Storage;
using McpWorkers.Engine.Workers.Runs;

namespace McpWorkers.Engine.Workers.Hosting;

/// <summary>Accepts prompts: a run is in its worker's line and stored before anybody is told of it.</summary>
internal sealed class RunIntake(WorkerHost host)
{
    private const int RunIdDigits = 16;

    private readonly Lock _order = new();

    public static bool IsRunId(string runId) =>
        runId.Length == RunIdDigits + 4 && runId.StartsWith("run_", StringComparison.Ordinal) && runId[4..].All(char.IsAsciiHexDigitLower);

    public static string NewId() => "run_" + DataDirectory.NewId(RunIdDigits);

    /// <summary>Accepts a run whose id and slot there are already. Returns once it is stored.</summary>
    /// <exception cref="RefusedException">As for the other one; the slot is its caller's then.</exception>
    public async Task<PromptRun> AcceptAsync(Worker worker, string runId, string prompt, TimeSpan timeout, RunSlots.Slot slot, RunBudget budget) =>
        (await AcceptAsync([(worker, prompt)], timeout, budget, _ => runId, slot))[0];

    /// <summary>All prompts are accepted in one step, in the order given. Returns once they are stored.</summary>
    /// <exception cref="RefusedException">A worker is being closed, or the store cannot take it; then nothing was accepted.</exception>
    /// <param name="budget">Of each of them.</param>
    public Task<IReadOnlyList<PromptRun>> AcceptAsync(IReadOnlyList<(Worker Worker, string Prompt)> prompts, TimeSpan timeout, RunBudget budget) =>
        AcceptAsync(prompts, timeout, budget, _ => NewId(), null);

    private Task<IReadOnlyList<PromptRun>> AcceptAsync(
        IReadOnlyList<(Worker Worker, string Prompt)> prompts, TimeSpan timeout, RunBudget budget, Func<int, string> idOf, RunSlots.Slot? slot)
    {
        var now = host.Time.GetUtcNow();
        var runs = new List<PromptRun>(prompts.Count);
        Task stored;

        // Both lines, the worker's and the store's, get them in the same order: what is launched again after a crash keeps its turn.
        lock (_order)
        {
            foreach (var (worker, prompt) in prompts)
            {
                string runId = idOf(runs.Count);
                var limit = timeout == TimeSpan.Zero ? worker.Type.Timeout ?? host.Settings.DefaultTimeout : timeout;
                var run = worker.NewRun(runId, host.Home.RunPath(runId), prompt, limit, now, slot: slot, budget: worker.BudgetOf(budget));
                try
                {
                    worker.Enqueue(run);
                }
                catch (RefusedException)
                {
                    Refuse(runs);
                    throw;
                }

                host.Live.Add(worker, run);
                runs.Add(run);
            }

            stored = host.Store.Workers.AcceptAsync([.. runs.Select(RowOf)]);
        }

        return FinishAsync(runs, stored);
    }

    private async Task<IReadOnlyList<PromptRun>> FinishAsync(List<PromptRun> runs, Task stored)
    {
        try
        {
            await WorkerHost.WriteAsync(() => stored);
        }
        catch
        {
            Refuse(runs);
            throw;
        }

        foreach (var run in runs)
        {
            run.MarkStored(isStored: true);
            Forget(run);
        }

        return runs;
    }

    private void Refuse(List<PromptRun> runs)
    {
        foreach (var run in runs)
        {
            run.MarkStored(isStored: false);
            Forget(run);
        }
    }

    /// <summary>Once it is over, the store knows it.</summary>
    public void Forget(PromptRun run) =>
        run.Result.ContinueWith(_ => host.Live.Remove(run.Identity.RunId), CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);

    public static StoredRun RowOf(PromptRun run) => new()
    {
        RunId = run.Identity.RunId,
        WorkerId = run.Identity.WorkerId,
        Prompt = run.Prompt,
        Timeout = run.Timeout,
        Accepted = run.AcceptedAt,
        Continues = run.Identity.Continues,
        Budget = run.Budget,
    };
}
