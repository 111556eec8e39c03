using McpWorkers.Engine.Storage;
using McpWorkers.Engine.Storage.Memory;

namespace McpWorkers.Tests.Storage.Memory;

public sealed class MemoryScheduleTests : RequestContract
{
    protected override Task<IDataStore> OpenAsync() => Task.FromResult<IDataStore>(new MemoryStore());
}
