using McpWorkers.Engine.Storage;
using McpWorkers.Engine.Storage.Sqlite;
using McpWorkers.Engine.Workers.Homes;
using McpWorkers.Engine.Workers.Runs;

namespace McpWorkers.Engine.Workers.Hosting;

/// <summary>
/// Makes a new store out of what the data directory's files say: workers from their own files, runs from their directories. What was accepted
/// and never launched was in the store alone, and is lost with it; so are tasks and schedules as far as they cannot be read any more.
/// </summary>
internal static class StoreRebuild
{
    /// <param name="directory">Taken by the caller: no daemon runs over it.</param>
    /// <exception cref="StoreException">The new store cannot be written.</exception>
    public static async Task<StoreRebuilt> RunAsync(DataDirectory directory, TimeProvider time)
    {
        var home = new DurableRunHome(directory);
        var files = new WorkerFiles(home);
        var runs = Directory.EnumerateDirectories(directory.RunsPath).Select(RunRecord.TryRead).OfType<RecordedRun>().OrderBy(run => run.Accepted).ToList();
        var workers = Directory.EnumerateDirectories(directory.WorkersPath)
            .Select(path => files.TryRead(Path.GetFileName(path))?.Worker)
            .OfType<StoredWorker>()
            .OrderBy(worker => worker.Created)
            .ToList();
        var settled = runs.Where(run => run.IsSettled).Select(run => (RowOf(run), SettledOf(run))).ToList();
        var unsettled = runs.Where(run => !run.IsSettled && workers.Exists(worker => worker.WorkerId == run.Run.WorkerId)).Select(RowOf).ToList();
        var report = await StoreRepair.RebuildAsync(directory.StorePath, workers, unsettled, settled, time);
        return new(workers.Count, settled.Count, unsettled.Count) { Tasks = report.Tasks, Schedules = report.Schedules, Lost = report.Lost };
    }

    private static StoredRun RowOf(RecordedRun run) => new()
    {
        RunId = run.Run.RunId,
        WorkerId = run.Run.WorkerId,
        Timeout = run.Timeout,
        Accepted = run.Accepted,
        Continues = run.Run.Continues,
        State = run.IsSettled ? RunState.Settled : RunState.Launched,
    };

    private static SettledRun SettledOf(RecordedRun run)
    {
        var result = KeptResult.ToResult(run.Result!, output: "");
        return new()
        {
            RunId = run.Run.RunId,
            WorkerId = run.Run.WorkerId,
            Status = result.Status,
            Result = run.Result!,
            At = result.Timestamp,
            SessionId = run.SessionId,
            SessionUsage = run.After.Usage,
            SessionCostUsd = run.After.CostUsd,
        };
    }
}
