using McpWorkers.Engine.Storage;
using McpWorkers.Engine.Storage.Sqlite;
using Xunit;
using static McpWorkers.Tests.Storage.StoreScene;

namespace McpWorkers.Tests.Storage.Sqlite;

public sealed class SqliteScheduleTests : RequestContract
{
    private readonly StoreFolder _folder = new();

    protected override async Task<IDataStore> OpenAsync() => await _folder.OpenAsync();

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task Schedules_and_notices_outlive_the_host_and_schedules_a_repair()
    {
        await Store.Schedules.AddAsync(Schedule("a"));
        await Store.Notices.OweSinceAsync(Noon);
        await Store.Notices.BeginAsync("n", Noon);
        await Store.DisposeAsync();

        await using (var again = await _folder.OpenAsync())
        {
            Assert.Equal("a", Assert.Single(await again.Schedules.ListAsync(Token)).Name);
            Assert.Equal((Noon, "n"), ((await again.Notices.SinceAsync(Token))!.Value, Assert.Single(await again.Notices.UnendedAsync(Token))));
        }

        await using (var more = await _folder.OpenAsync())
        {
            await more.Requests.AddAsync(Request("a"));
        }

        await StoreRepair.RebuildAsync(_folder.Database, [], [], [], TimeProvider.System);
        await using var repaired = await _folder.OpenAsync();
        Assert.Equal("req_a", Assert.Single(await repaired.Requests.PendingAsync(Token)).RequestId);
        Assert.Equal("schedule_a", Assert.Single(await repaired.Schedules.ListAsync(Token)).ScheduleId);
    }
}
