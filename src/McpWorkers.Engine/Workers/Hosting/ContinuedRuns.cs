using McpWorkers.Engine.Model;
using McpWorkers.Engine.Workers.Runs;

namespace McpWorkers.Engine.Workers.Hosting;

/// <summary>
/// Begins the run that goes on with a session after an answer. Each step is stored before the next: whichever host is cut off in between, the next one
/// comes to the same run.
/// </summary>
internal sealed class ContinuedRuns(WorkerHost host)
{
    /// <summary>The next run knows what was said and done before.</summary>
    public static bool HasSession(Worker worker, PromptRun run) => run.Started is null || (worker.Resumes && run.HasSession);

    /// <summary>There is something to go on with: its session, or its prompt.</summary>
    public static bool CanGoOn(Worker worker, PromptRun run) => HasSession(worker, run) || PromptOf(run) is not null;

    /// <param name="decided">Of these at least one lets it go on.</param>
    /// <param name="either">Its stop, or the host's leaving.</param>
    public async Task<RunOutcome> GoOnAsync(Worker worker, PromptRun run, List<WorkerRequest> decided, CancellationToken either, CancellationToken leaving)
    {
        string nextId = decided.Select(request => request.ContinuedBy).FirstOrDefault(id => id is not null) ?? RunIntake.NewId();
        foreach (var request in decided)
        {
            if (request.IsYes)
            {
                await host.StoredAsync(() => host.Budgets.GrantAsync(request), either);
            }

            await host.StoredAsync(() => host.Requests.ContinueAsync(request, nextId), either);
        }

        host.Live.Continue(run.Identity.RunId, nextId);
        if (host.Live.Find(nextId) is null)
        {
            run.Next = await AcceptAsync(worker, run, nextId, NextPrompt(worker, run, decided), either);
        }

        try
        {
            // What was allowed is not used up yet: the other run asks for the same again, and gets it once.
            foreach (var request in decided.Where(request => request.Kind != RequestKind.Permission || !request.IsYes))
            {
                await host.StoredAsync(() => host.Requests.DeliverAsync(request), either);
            }
        }
        catch (OperationCanceledException) when (!leaving.IsCancellationRequested)
        {
            // That it went on is on record; the other run is stopped as well.
        }

        return new RunOutcome.Continued(nextId, decided.Find(RunContinuations.GoesOn)?.RequestId ?? decided[0].RequestId);
    }

    /// <summary>Whether such a run was ever accepted.</summary>
    public async Task<bool> IsAcceptedAsync(string runId, CancellationToken either) =>
        host.Live.Find(runId) is not null || await host.StoredAsync(() => host.Store.Workers.FindRunAsync(runId, either), either) is not null;

    /// <summary>Whoever does not know what was said before is given the whole task again. A program is no agent: it gets its own input and nothing else.</summary>
    private static string NextPrompt(Worker worker, PromptRun run, List<WorkerRequest> decided) =>
        run.Started is null ? run.Prompt
        : HasSession(worker, run) || PromptOf(run) is not { } prompt ? AnswerPrompt.Of(decided)
        : worker.IsProgram ? prompt
        : AnswerPrompt.Anew(prompt, decided);

    /// <summary>The store forgets a prompt at the launch; the run's directory keeps it where it may be needed again.</summary>
    private static string? PromptOf(PromptRun run) => run.Prompt.Length > 0 ? run.Prompt : RunRecord.ReadPrompt(run.Identity.RunDirectory);

    /// <returns>Null where an earlier host had accepted it, and it is in its worker's line or over.</returns>
    private async Task<PromptRun?> AcceptAsync(Worker worker, PromptRun run, string nextId, string prompt, CancellationToken either)
    {
        var next = worker.NewRun(
            nextId, host.Home.RunPath(nextId), prompt, run.Timeout, host.Time.GetUtcNow(), before: [run.Identity.RunId, .. run.Before], budget: run.Budget);
        bool isKnown = await host.StoredAsync(
            async () =>
            {
                either.ThrowIfCancellationRequested();
                if (await host.Store.Workers.FindRunAsync(nextId, CancellationToken.None) is not null)
                {
                    return true;
                }

                await host.Store.Workers.AcceptAsync([RunIntake.RowOf(next)]);
                return false;
            },
            either);
        if (isKnown)
        {
            return null;
        }

        next.MarkStored(isStored: true);
        host.Live.Add(worker, next);
        new RunIntake(host).Forget(next);
        return next;
    }
}
