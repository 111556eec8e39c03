using System.Security.Cryptography;
using McpWorkers.Engine.Storage;
using McpWorkers.Engine.Storage.Sqlite;
using Microsoft.Data.Sqlite;
using Xunit;

namespace McpWorkers.Tests.Storage.Sqlite;

/// <summary>Files that are no store, are damaged, are newer, or are in use: told, and left as they are.</summary>
public sealed class DamagedStoreTests : IDisposable
{
    private const int PageBytes = 4096;

    private readonly StoreFolder _folder = new();

    public static TheoryData<string, Action<string>> Damages { get; } = new()
    {
        { "a page of garbage", path => Overwrite(path, 2 * PageBytes, RandomNumberGenerator.GetBytes(PageBytes)) },
        { "a header of garbage", path => Overwrite(path, 0, RandomNumberGenerator.GetBytes(100)) },
        { "an empty file", path => File.WriteAllBytes(path, []) },
        { "half of it gone", path => Cut(path, 2) },
        { "another kind of file", path => File.WriteAllText(path, string.Concat(Enumerable.Repeat("no database at all\n", 1000))) },
        { "another program's database", path => Change(path, "PRAGMA application_id = 0") },
        { "a table gone", path => Change(path, "DROP TABLE forgotten_events") },
    };

    [Theory]
    [MemberData(nameof(Damages), DisableDiscoveryEnumeration = true)]
    public async Task Damage_is_told_with_the_remedy_and_nothing_is_changed(string what, Action<string> damage)
    {
        await MakeAsync();
        damage(_folder.Database);
        byte[] before = File.ReadAllBytes(_folder.Database);

        var refused = await Assert.ThrowsAsync<StoreException>(_folder.OpenAsync);
        Assert.True(refused.Fault == StoreFault.Corrupt, $"After {what}: {refused}");
        Assert.Contains(_folder.Database, refused.Message, StringComparison.Ordinal);
        Assert.Contains("mcpworkers doctor --repair", refused.Message, StringComparison.Ordinal);
        Assert.Equal(before, File.ReadAllBytes(_folder.Database));
    }

    [Fact]
    public async Task A_log_without_its_database_is_damage()
    {
        await MakeAsync();
        File.Move(_folder.Database, _folder.Database + "-wal");
        var refused = await Assert.ThrowsAsync<StoreException>(_folder.OpenAsync);
        Assert.Equal(StoreFault.Corrupt, refused.Fault);
        Assert.False(File.Exists(_folder.Database));
    }

    [Fact]
    public async Task A_store_of_a_newer_version_is_refused_and_left_as_it_is()
    {
        await MakeAsync();
        Change(_folder.Database, $"PRAGMA user_version = {Migrations.Current + 1}");
        var refused = await Assert.ThrowsAsync<StoreException>(_folder.OpenAsync);
        Assert.Equal(StoreFault.Newer, refused.Fault);
        Assert.Contains("newer mcpworkers", refused.Message, StringComparison.Ordinal);
        Assert.Equal(Migrations.Current + 1, Read(_folder.Database, "PRAGMA user_version"));
    }

    [Fact]
    public async Task A_store_that_is_open_is_not_opened_again()
    {
        await using var store = await _folder.OpenAsync();
        var refused = await Assert.ThrowsAsync<StoreException>(_folder.OpenAsync);
        Assert.Equal(StoreFault.Locked, refused.Fault);
        Assert.Contains("in use by another process", refused.Message, StringComparison.Ordinal);
        await store.WithRunsAsync("w", "r");
    }

    [Fact]
    public async Task A_store_that_another_process_has_open_is_not_opened()
    {
        using var writer = StoreWriter.Start(_folder.Database, "w", writers: 1, runs: 1_000_000);
        await writer.ReadAsync(lines: 2);
        Assert.Equal("open", writer.Lines[0]);
        var refused = await Assert.ThrowsAsync<StoreException>(_folder.OpenAsync);
        Assert.Equal(StoreFault.Locked, refused.Fault);
        await writer.KillAsync();
        await (await _folder.OpenAsync()).DisposeAsync();
    }

    [Fact]
    public async Task A_directory_that_is_not_there_is_told()
    {
        var refused = await Assert.ThrowsAsync<StoreException>(
            () => SqliteStore.OpenAsync(Path.Combine(_folder.Root, "missing", "mcpworkers.db"), TimeProvider.System));
        Assert.Equal(StoreFault.Io, refused.Fault);
    }

    [Fact]
    public async Task What_was_left_of_a_store_in_the_making_is_in_nobodys_way()
    {
        File.WriteAllText(_folder.Database + ".new", "half of a store");
        await using var store = await _folder.OpenAsync();
        await store.WithRunsAsync("w", "r");
        Assert.False(File.Exists(_folder.Database + ".new"));
    }

    public void Dispose() => _folder.Dispose();

    private async Task MakeAsync()
    {
        await using var store = await _folder.OpenAsync();
        await store.WithRunsAsync("w", [.. Enumerable.Range(0, 100).Select(i => $"r{i}")]);
    }

    private static void Overwrite(string path, int offset, byte[] garbage)
    {
        using var file = new FileStream(path, FileMode.Open);
        file.Position = offset;
        file.Write(garbage);
    }

    private static void Cut(string path, int part)
    {
        using var file = new FileStream(path, FileMode.Open);
        file.SetLength(file.Length / part);
    }

    private static void Change(string path, string sql)
    {
        using var session = SqliteSession.Open(path, SqliteOpenMode.ReadWrite);
        session.Execute(sql);
    }

    private static long Read(string path, string sql)
    {
        using var session = SqliteSession.Open(path, SqliteOpenMode.ReadOnly);
        return session.Number(sql);
    }
}
