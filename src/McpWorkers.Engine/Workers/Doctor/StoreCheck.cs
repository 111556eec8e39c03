using McpWorkers.Engine.Storage;
using McpWorkers.Engine.Storage.Sqlite;

namespace McpWorkers.Engine.Workers.Doctor;

/// <summary>Which SQLite would keep the workers, and whether what it holds is whole.</summary>
internal static class StoreCheck
{
    private const string Name = "store";

    public static async Task<DoctorCheck> RunAsync(string dataDirectory, TimeProvider time)
    {
        string path = DataDirectory.PathsOf(dataDirectory).StorePath;
        try
        {
            var library = SqliteLibrary.Use();
            string used = $"SQLite {library.Version} ({library.Source})";
            if (!File.Exists(path))
            {
                return Found(library, $"{used}; the store is made at the first start of the daemon.");
            }

            // Looks through the whole file, as each start of a daemon does.
            await using var store = await SqliteStore.OpenAsync(path, time);
            return Found(library, $"{used}; {path} is whole.");
        }
        catch (StoreException e) when (e.Fault == StoreFault.Locked)
        {
            var library = SqliteLibrary.Use();
            return Found(library, $"SQLite {library.Version} ({library.Source}); in use by the daemon, which looked it through when it started.");
        }
        catch (StoreException e)
        {
            return new(Name, CheckStatus.Failed, e.Message, e.Fault == StoreFault.Corrupt ? "mcpworkers daemon stop; mcpworkers doctor --repair" : null);
        }
    }

    private static DoctorCheck Found(SqliteLibrary.Choice library, string message) =>
        new(Name, library.Warning is null ? CheckStatus.Ok : CheckStatus.Warning, message, library.Warning);
}
