using McpWorkers.Engine.Model;
using McpWorkers.Engine.Storage;
using Xunit;
using static McpWorkers.Tests.Storage.StoreScene;

namespace McpWorkers.Tests.Storage.Sqlite;

public sealed class SqliteSpendingTests : SpendingContract
{
    private readonly StoreFolder _folder = new();

    protected override async Task<IDataStore> OpenAsync() => await _folder.OpenAsync();

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task Grants_outlive_the_host()
    {
        await Store.Spending.GrantAsync(BudgetAccount.OfTask("t"), BudgetMeasure.Minutes, 3, Noon);
        await Store.DisposeAsync();
        await using var again = await _folder.OpenAsync();
        Assert.Equal(new GrantRow(BudgetMeasure.Minutes, 3, null), Assert.Single(await again.Spending.GrantsAsync(BudgetAccount.OfTask("t"), Token)));
    }
}
