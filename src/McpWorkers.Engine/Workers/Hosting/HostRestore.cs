using McpWorkers.Engine.Execution;
using McpWorkers.Engine.Model;
using McpWorkers.Engine.Storage;
using McpWorkers.Engine.Workers.Containers;
using McpWorkers.Engine.Workers.Places;
using McpWorkers.Engine.Workers.Runs;

namespace McpWorkers.Engine.Workers.Hosting;

/// <summary>
/// The first walk of a host over what an earlier one left: workers come back as they were; runs that go on, or ended meanwhile, are adopted;
/// those that were accepted and never launched are launched in their old order. What ran and was lost is said to be lost, and never started
/// again.
/// </summary>
internal sealed class HostRestore(WorkerHost host, RunIntake intake)
{
    /// <summary>For runs that have ended to be settled before the first question is answered.</summary>
    private static readonly TimeSpan WalkPatience = TimeSpan.FromSeconds(5);

    private readonly List<Task> _ended = [];

    /// <exception cref="RefusedException">The store cannot be read.</exception>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var contents = await WorkerHost.ReadAsync(() => host.Store.Workers.LoadAsync(cancellationToken));
        var asked = host.Requests.Pending;
        host.Events.ContinueAfter(contents.LastEvent);
        await WorkerHost.WriteAsync(() => host.Gate.LoadAsync(cancellationToken));
        host.Gate.StandStill();
        var workers = contents.Workers.Select(Restore).OfType<Worker>().ToDictionary(worker => worker.Id);
        foreach (var run in RestoreOrder.Of(contents.Unsettled))
        {
            if (workers.TryGetValue(run.WorkerId, out var worker))
            {
                await TakeUpAsync(worker, run);
            }
        }

        host.Gate.GoOn();
        await WithdrawSettledAsync(asked, [.. contents.Unsettled.Select(run => run.RunId)]);
        host.Notes.Add(new("restored", $"{workers.Count} workers, {contents.Unsettled.Count} runs that were not over"));
        DropLeftovers([.. contents.Workers.Select(worker => worker.WorkerId)]);
        var alive = contents.Unsettled.Select(run => run.RunId).ToHashSet();
        await SweepAsync(workers, alive, cancellationToken);
        await Task.WhenAny(Task.WhenAll(_ended), Task.Delay(WalkPatience, host.Time, cancellationToken));
    }

    private async Task SweepAsync(Dictionary<string, Worker> workers, HashSet<string> alive, CancellationToken cancellationToken)
    {
        // It is asked only of runs of which something was found.
        var over = new HashSet<string>();
        host.Meter.Orphans(await host.Launcher.SweepAsync(host.Home.Mark, id => !workers.ContainsKey(id), IsOver, cancellationToken));
        foreach (string runId in over)
        {
            host.Notes.Add(new("swept", "what a run that is over had left behind was ended", RunId: runId));
        }

        bool IsOver(string runId)
        {
            // Of those that are taken up some have gone on as another run already.
            string whose = CheckNames.RunOf(runId);
            if (alive.Contains(whose) || host.Live.Find(whose) is not null)
            {
                return false;
            }

            over.Add(runId);
            return true;
        }
    }

    private Worker? Restore(StoredWorker stored)
    {
        if (host.Types.FindAgent(stored.Agent) is not { } agent)
        {
            // Of a newer version, which will know it again.
            return null;
        }

        var file = host.Files.TryRead(stored.WorkerId);
        var environment = file?.Environment ?? host.Environment;
        var type = host.Types.Restore(stored.WorkerType, stored.Agent);
        var launch = file?.Launch ?? new LaunchChoice(type.Launcher, type.Container.Image);
        var place = host.Places.Of(stored.WorkerId, new(null, type, stored.WorkingDirectory, file?.Verify ?? [], environment, launch));
        var worker = new Worker(stored, type, agent, environment, place, host.Around) { IsFresh = file?.IsFresh ?? false, Autonomy = file?.Autonomy, Budget = file?.Budget ?? Budget.None };
        if (stored.LastRun is { Result: { } result } last)
        {
            var kept = KeptResult.OfStored(result, last.RunId, host.Home.RunPath(last.RunId));
            kept.IsCollected = last.Collected is not null;
            worker.Restore(kept);
        }

        host.Remember(worker);
        host.Registry.Restore(worker);
        return worker;
    }

    private async Task TakeUpAsync(Worker worker, StoredRun stored)
    {
        string directory = host.Home.RunPath(stored.RunId);
        var run = worker.NewRun(
            stored.RunId, directory, stored.Prompt ?? "", stored.Timeout, stored.Accepted, isRestored: true, before: await BeforeAsync(stored), budget: stored.Budget);
        await NoteRequestsAsync(run);
        if (await TryAdoptAsync(directory) is var (handle, recorded))
        {
            run.MarkStored(isStored: true);
            Enlist(worker, run);
            worker.Adopt(run, handle, recorded);
            host.Notes.Add(new("adopted", handle.HasEnded ? "a run that ended while no host was there" : "a run that goes on", worker.Id, stored.RunId));
            if (handle.HasEnded && host.Requests.PendingOf(stored.RunId) is null)
            {
                _ended.Add(run.Result);
            }
        }
        else if (WasLaunched(directory, stored))
        {
            await SettleLostAsync(worker, stored, run);
            host.Notes.Add(new("lost", "a run whose directory is gone or damaged", worker.Id, stored.RunId, IsTrouble: true));
        }
        else
        {
            // Nothing ran, and nothing can: a tombstone stands there now. The next launch makes its directory anew.
            RunDirectories.Remove(directory);

            run.MarkStored(isStored: true);
            Enlist(worker, run);
            worker.Enqueue(run);
        }
    }

    /// <summary>The runs with whose session it goes on, the latest first.</summary>
    private async Task<IReadOnlyList<string>> BeforeAsync(StoredRun stored)
    {
        List<string> before = [];
        for (string? earlier = stored.Continues; earlier is not null && !before.Contains(earlier);)
        {
            before.Add(earlier);
            earlier = (await WorkerHost.ReadAsync(() => host.Store.Workers.FindRunAsync(before[^1], CancellationToken.None)))?.Continues;
        }

        return before;
    }

    /// <summary>Its clocks stood still while it waited for answers, whichever host was there.</summary>
    private async Task NoteRequestsAsync(PromptRun run)
    {
        foreach (var request in await host.Requests.AllAsync(new RequestQuery { RunId = run.Identity.RunId }))
        {
            run.Holds.Note(request);
        }
    }

    private void Enlist(Worker worker, PromptRun run)
    {
        host.Live.Add(worker, run);
        string later = run.Identity.RunId;
        foreach (string before in run.Before)
        {
            host.Live.Continue(before, later);
            later = before;
        }

        intake.Forget(run);
    }

    private async Task<(IExecutionHandle Handle, RecordedRun Recorded)?> TryAdoptAsync(string directory)
    {
        try
        {
            return Directory.Exists(directory) && RunRecord.TryRead(directory) is { } recorded
                ? (await host.Launcher.AdoptAsync(directory, CancellationToken.None), recorded)
                : null;
        }
        catch (Exception e) when (e is LaunchException or IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>Something ran, and its directory cannot be made sense of any more. Then it must not run again by itself.</summary>
    private static bool WasLaunched(string directory, StoredRun stored) =>
        stored.Prompt is null || RunDirectories.HoldsProcess(directory);

    private async Task SettleLostAsync(Worker worker, StoredRun stored, PromptRun run)
    {
        var lost = new RunOutcome.Lost("Its run directory is gone or damaged, so nobody can say how it ended.");
        var result = ResultMaker.OfUnlaunched(run.Identity, lost, host.Time.GetUtcNow());
        await host.Settling.SettleAsync(new()
        {
            RunId = stored.RunId,
            WorkerId = stored.WorkerId,
            Status = result.Status,
            Result = RunRecord.WithoutOutput(result),
            At = host.Time.GetUtcNow(),
        });
        worker.Restore(KeptResult.Of(result, stored.RunId, run.Identity.RunDirectory));
        await WithdrawAsync(host.Requests.Pending.Where(request => request.RunId == stored.RunId), "its run is lost");
    }

    /// <summary>The host before this one may have been cut off between a run's end and that of its requests.</summary>
    /// <param name="asked">By that host's runs.</param>
    private Task WithdrawSettledAsync(IReadOnlyList<WorkerRequest> asked, HashSet<string> unsettled) =>
        WithdrawAsync(asked.Where(request => request.RunId is { } runId && !unsettled.Contains(runId)), "its run is over");

    private async Task WithdrawAsync(IEnumerable<WorkerRequest> requests, string why)
    {
        foreach (var request in requests)
        {
            try
            {
                await host.Requests.WithdrawOneAsync(request, why);
            }
            catch (RefusedException)
            {
                // It expires by itself.
            }
        }
    }

    /// <summary>The files of workers that were closed, or whose spawn was never acknowledged.</summary>
    private void DropLeftovers(HashSet<string> known)
    {
        if (host.Home.WorkerPath("") is not { } place || !Directory.Exists(place))
        {
            return;
        }

        foreach (string worker in Directory.EnumerateDirectories(place).Select(path => Path.GetFileName(path)).Where(id => !known.Contains(id)))
        {
            host.Files.Drop(worker);
        }
    }
}
