using McpWorkers.Engine.Workspaces.Git;
using McpWorkers.Engine.Workspaces.Trust;
using Xunit;

namespace McpWorkers.Tests.Workspaces.Trust;

public sealed class TrustStoreTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact(Timeout = 60_000)]
    public async Task Trust_is_in_one_repositorys_file_as_it_was()
    {
        using var scene = new GitScene();
        var place = RepositoryPlace.At(await scene.MakeRepository());
        var other = RepositoryPlace.At(await scene.MakeRepository("other"));
        using var store = new TrustStore(scene.Data);
        Assert.False(store.IsTrusted(place, "a"u8));
        await store.TrustAsync(place, "a"u8.ToArray(), false, Cancellation);
        using var again = new TrustStore(scene.Data);
        Assert.True(again.IsTrusted(place, "a"u8));
        Assert.False(store.IsTrusted(place, "b"u8));
        Assert.False(store.IsTrusted(other, "a"u8));
        Assert.Equal((UnixFileMode)0b110_000_000, new FileInfo(Path.Combine(scene.Data, "trust.json")).UnixFileMode);
        await store.DistrustAsync(place, Cancellation);
        Assert.False(store.IsTrusted(place, "a"u8));
    }

    [Fact(Timeout = 60_000)]
    public async Task A_worktree_is_trusted_with_its_repository()
    {
        using var scene = new GitScene();
        string repository = await scene.MakeRepository();
        await scene.Git(repository, "worktree", "add", "--quiet", "../tree");
        using var store = new TrustStore(scene.Data);
        await store.TrustAsync(RepositoryPlace.At(repository), "a"u8.ToArray(), false, Cancellation);
        Assert.True(store.IsTrusted(RepositoryPlace.At(Path.Combine(scene.Root, "tree")), "a"u8));
    }

    [Fact(Timeout = 60_000)]
    public async Task A_changed_hook_ends_the_trust_where_hooks_are_asked_for()
    {
        using var scene = new GitScene();
        string repository = await scene.MakeRepository();
        var place = RepositoryPlace.At(repository);
        using var store = new TrustStore(scene.Data);
        GitScene.Write(repository, ".git/hooks/pre-commit", "#!/bin/sh\n");
        await store.TrustAsync(place, "a"u8.ToArray(), true, Cancellation);
        Assert.True(store.IsTrusted(place, "a"u8, runsHooks: true));
        Assert.False(store.IsTrusted(place, "a"u8));
        GitScene.Write(repository, ".git/hooks/pre-commit", "#!/bin/sh\nrm -rf /\n");
        Assert.False(store.IsTrusted(place, "a"u8, runsHooks: true));
    }

    [Fact]
    public void A_record_that_cannot_be_read_trusts_nothing()
    {
        using var scene = new GitScene();
        File.WriteAllText(Path.Combine(scene.Data, "trust.json"), "{");
        using var store = new TrustStore(scene.Data);
        Assert.False(store.IsTrusted(new("/x/.git", "/x/.git", "/x"), ""u8));
    }
}
