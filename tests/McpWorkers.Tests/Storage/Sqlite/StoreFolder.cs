using McpWorkers.Engine.Storage.Sqlite;

namespace McpWorkers.Tests.Storage.Sqlite;

/// <summary>A directory with a store in it, gone with the test.</summary>
internal sealed class StoreFolder : IDisposable
{
    public StoreFolder() => Root = Directory.CreateTempSubdirectory("store-").FullName;

    public string Root { get; }

    public string Database => Path.Combine(Root, "mcpworkers.db");

    public Task<SqliteStore> OpenAsync() => SqliteStore.OpenAsync(Database, TimeProvider.System);

    public void Dispose() => Directory.Delete(Root, recursive: true);
}
