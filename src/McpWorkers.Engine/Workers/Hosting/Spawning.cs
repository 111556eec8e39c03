using McpWorkers.Engine.Model;
using McpWorkers.Engine.Storage;

namespace McpWorkers.Engine.Workers.Hosting;

/// <summary>Makes workers: checked, stored, and only then to be seen.</summary>
internal sealed class Spawning(WorkerHost host)
{
    private const int IdDigits = 12;

    public async Task<IReadOnlyList<string>> SpawnAsync(SpawnRequest request, Caller caller)
    {
        host.CheckOpen();
        Arguments.CheckCount(request.Count);
        var environment = request.Environment ?? caller.Environment ?? host.Environment;
        string directory = Arguments.WorkingDirectory(request.WorkingDirectory ?? caller.WorkingDirectory ?? DefaultDirectory());
        var (type, agent) = host.Types.Resolve(request.WorkerType, environment);
        var stored = Enumerable.Range(0, request.Count).Select(_ => new StoredWorker
        {
            WorkerId = "term_" + DataDirectory.NewId(IdDigits),
            WorkerType = type.Name,
            Agent = agent.Name,
            WorkingDirectory = directory,
            Model = request.Model,
            Permission = request.Permission,
            ParentRun = caller.ParentRun,
            Created = host.Time.GetUtcNow(),
        }).ToList();
        List<Worker> workers = [.. stored.Select(worker => new Worker(worker, type, agent, environment, host.Around))];
        host.Registry.Prepare(workers);
        try
        {
            WriteFiles(stored, environment);
            await WorkerHost.WriteAsync(() => host.Store.Workers.AddWorkersAsync(stored));
        }
        catch
        {
            host.Registry.Discard(workers);
            stored.ForEach(worker => host.Files.Drop(worker.WorkerId));
            throw;
        }

        return [.. stored.Select(worker => worker.WorkerId)];
    }

    private void WriteFiles(List<StoredWorker> workers, IReadOnlyDictionary<string, string> environment)
    {
        try
        {
            workers.ForEach(worker => host.Files.Write(worker, environment));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new RefusedException(
                RefusalCode.StoreUnavailable, $"No worker was spawned: its file cannot be written into the data directory: {e.Message} Is the disk full?");
        }
    }

    /// <summary>Of clients without a directory of their own. A daemon's current directory is nobody's choice.</summary>
    private string DefaultDirectory() => host.Settings.DefaultWorkingDirectory
        ?? (host.Home.OutlivesHost ? Environment.GetFolderPath(Environment.SpecialFolder.UserProfile) : Environment.CurrentDirectory);
}
