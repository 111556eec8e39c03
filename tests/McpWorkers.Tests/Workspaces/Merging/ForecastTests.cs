using McpWorkers.Engine.Workspaces;
using McpWorkers.Engine.Workspaces.Merging;
using Xunit;

namespace McpWorkers.Tests.Workspaces.Merging;

public sealed class ForecastTests : MergeScene
{
    [Fact(Timeout = 60_000)]
    public async Task Collisions_with_the_target_and_between_workers_are_named()
    {
        string top = await Git.MakeRepository(files: [("a.txt", "1\n"), ("b.txt", "1\n2\n3\n4\n5\n6\n7\n8\n"), ("c.txt", "1\n")]);
        var one = await Changed(top, "term_one", ("a.txt", "one\n"), ("b.txt", "one\n2\n3\n4\n5\n6\n7\n8\n"));
        var two = await Changed(top, "term_two", ("a.txt", "two\n"));
        var three = await Changed(top, "term_three", ("b.txt", "1\n2\n3\n4\n5\n6\n7\nthree\n"), ("c.txt", "three\n"));
        var idle = await Git.Worktree(top, "term_idle");
        GitScene.Write(top, "c.txt", "main\n");
        string head = await Git.Commit(top);

        var forecasts = await Run([one, two, three, idle]);

        Same(new("term_one", "main", [new("term_two", ["a.txt"])], [new("term_three", ["b.txt"]), new("term_two", ["a.txt"])]), forecasts[0]);
        Same(new("term_two", "main", [new("term_one", ["a.txt"])], [new("term_one", ["a.txt"])]), forecasts[1]);
        Same(new("term_three", "main", [new("main", ["c.txt"])], [new("term_one", ["b.txt"])]), forecasts[2]);
        Same(new("term_idle", "main", [], []), forecasts[3]);
        Assert.Equal(head, await Head(one));
        Assert.Equal("", await Status(top));
        NothingLeft(one);
    }

    [Fact(Timeout = 60_000)]
    public async Task What_a_worker_has_not_committed_yet_counts()
    {
        string top = await Git.MakeRepository(files: [("a.txt", "1\n")]);
        var one = await Git.Worktree(top, "term_one");
        var two = await Git.Worktree(top, "term_two");
        GitScene.Write(one.Root, "a.txt", "one\n");
        GitScene.Write(two.Root, "a.txt", "two\n");

        var forecasts = await Run([one], [one, two]);

        Same(new("term_one", "main", [new("term_two", ["a.txt"])], [new("term_two", ["a.txt"])]), Assert.Single(forecasts));
        Assert.Equal(" M a.txt", await Status(one.Root));
    }

    [Fact(Timeout = 60_000)]
    public async Task A_file_where_another_one_makes_a_directory_is_a_collision()
    {
        string top = await Git.MakeRepository();
        var one = await Changed(top, "term_one", ("thing", "file\n"));
        var two = await Changed(top, "term_two", ("thing/inside", "dir\n"));

        var forecasts = await Run([one, two]);

        Assert.Equal("term_two", Assert.Single(forecasts[0].Collisions).With);
        Assert.NotEmpty(forecasts[0].Collisions[0].Files);
    }

    [Fact(Timeout = 60_000)]
    public async Task What_a_merge_would_refuse_for_is_foretold()
    {
        string top = await Git.MakeRepository(files: [("a.txt", "1\n"), ("b.txt", "1\n")]);
        var one = await Changed(top, "term_one", ("a.txt", "one\n"));
        var two = await Changed(top, "term_two", ("b.txt", "two\n"));
        GitScene.Write(top, "a.txt", "by hand\n");

        var forecasts = await Run([one, two]);

        Same(new("term_one", "main", [new($"uncommitted files in {top}", ["a.txt"])], []), forecasts[0]);
        Same(new("term_two", "main", [], []), forecasts[1]);
        Assert.Equal(" M a.txt", await Status(top));
    }

    [Fact(Timeout = 60_000)]
    public async Task A_rebase_that_a_worker_did_not_end_is_foretold()
    {
        string top = await Git.MakeRepository(files: [("a.txt", "1\n")]);
        var one = await Changed(top, "term_one", ("a.txt", "one\n"));
        GitScene.Write(top, "a.txt", "main\n");
        await Git.Commit(top);
        await Git.TryGit(one.Root, "rebase", "main");

        var forecast = Assert.Single(await Run([one]));

        Same(new("term_one", "main", [new($"what is unfinished in {one.Root}", ["a.txt"])], []), forecast);
    }

    private static void Same(MergeForecast expected, MergeForecast found)
    {
        Assert.Equal((expected.Id, expected.Target), (found.Id, found.Target));
        Assert.Equal(expected.Collisions.Select(Text), found.Collisions.Select(Text));
        Assert.Equal(expected.Overlaps.Select(Text), found.Overlaps.Select(Text));
    }

    private static string Text(Collision collision) => $"{collision.With}: {string.Join(", ", collision.Files)}";

    private Task<IReadOnlyList<MergeForecast>> Run(IReadOnlyList<Workspace> wanted, IReadOnlyList<Workspace>? others = null) =>
        new Forecast(Git.Tool, Git.Folder).RunAsync(wanted, others ?? wanted, null, Git.Environment, Cancellation);

    private async Task<Workspace> Changed(string top, string id, params (string Path, string Text)[] files)
    {
        var workspace = await Git.Worktree(top, id);
        foreach (var (path, text) in files)
        {
            GitScene.Write(workspace.Root, path, text);
        }

        await Git.Commit(workspace.Root);
        return workspace;
    }
}
