using McpWorkers.Engine.Model;
using McpWorkers.Tests.Product;
using Xunit;

namespace McpWorkers.Tests.Workers.Places;

public sealed class WorktreeWorkerTests
{
    private const int Limit = 120_000;
    private const string Writes = "cat >made.txt; echo changed >>a.txt; rm b.txt";

    [Fact(Timeout = Limit)]
    public async Task Work_is_committed_shown_and_merged_and_the_main_tree_is_not_touched_until_then()
    {
        await using var scene = new PlaceScene();
        await scene.OpenAsync(("writes", Writes));
        string id = await scene.SpawnAsync("writes");
        var worker = scene.Manager.List().Single();
        Assert.StartsWith(Path.Combine(scene.Data, "workspaces", id), worker.WorkingDirectory, StringComparison.Ordinal);
        Assert.Equal((WorkspaceKind.Worktree, $"mcpworkers/{id}"), (worker.Workspace, worker.Branch));

        var result = await scene.RunAsync(id, "hello");
        Assert.Equal(WorkerStatus.Completed, result.Status);
        var evidence = PlaceScene.EvidenceOf(result);
        Assert.True(evidence.ContainsKey("verified"));
        Assert.Null(evidence["verified"]);
        var changes = evidence["changes"]!;
        Assert.Equal(3, changes["file_count"]!.GetValue<int>());
        Assert.Equal(["a.txt", "b.txt", "made.txt"], changes["files"]!.AsArray().Select(file => file!["path"]!.GetValue<string>()));
        Assert.Equal("hello", changes["commits"]!.AsArray().Single()!["subject"]!.GetValue<string>());
        Assert.Equal("one\n", await File.ReadAllTextAsync(Path.Combine(scene.Repository, "a.txt"), PlaceScene.Cancellation));
        Assert.Equal("", await scene.Git.Git(scene.Repository, "status", "--porcelain"));

        await scene.Manager.CloseAsync(id);
        Assert.Equal(id, scene.Manager.Workspaces.List().Single().Id);

        var outcome = (await scene.Manager.Workspaces.MergeAsync([id], new(), PlaceScene.Cancellation)).Single();
        Assert.Equal(("merged", "main"), (outcome.Status, outcome.Target));
        Assert.Equal("one\nchanged\n", await File.ReadAllTextAsync(Path.Combine(scene.Repository, "a.txt"), PlaceScene.Cancellation));
        Assert.False(File.Exists(Path.Combine(scene.Repository, "b.txt")));
        Assert.Equal("", await scene.Git.Git(scene.Repository, "status", "--porcelain"));
        Assert.Empty(scene.Manager.Workspaces.List());
        Assert.Equal("* main", await scene.Git.Git(scene.Repository, "branch"));
    }

    [Fact(Timeout = Limit)]
    public async Task Workspace_that_holds_nothing_goes_with_its_worker()
    {
        await using var scene = new PlaceScene();
        await scene.OpenAsync();
        string id = await scene.SpawnAsync();
        await scene.RunAsync(id);
        await scene.Manager.CloseAsync(id);
        Assert.Empty(scene.Manager.Workspaces.List());
        Assert.False(Directory.Exists(Path.Combine(scene.Data, "workspaces", id)));
        Assert.Equal("* main", await scene.Git.Git(scene.Repository, "branch"));
    }

    [Fact(Timeout = Limit)]
    public async Task What_is_discarded_comes_back_from_the_trash()
    {
        await using var scene = new PlaceScene();
        await scene.OpenAsync(("writes", Writes));
        string id = await scene.SpawnAsync("writes");
        await scene.RunAsync(id, "precious");
        var refused = await Assert.ThrowsAsync<RefusedException>(() => scene.Manager.Workspaces.DiscardAsync(id, PlaceScene.Cancellation));
        Assert.Contains("Close it first", refused.Message, StringComparison.Ordinal);
        await scene.Manager.CloseAsync(id);

        var entry = await scene.Manager.Workspaces.DiscardAsync(id, PlaceScene.Cancellation);
        Assert.Empty(scene.Manager.Workspaces.List());
        Assert.Equal(entry!.Id, scene.Manager.Workspaces.Trash().Single().Id);
        Assert.Contains(await scene.Manager.Workspaces.TrashFilesAsync(entry.Id, PlaceScene.Cancellation), file => file.Path == "made.txt");

        var back = await scene.Manager.Workspaces.RestoreAsync(entry.Id, PlaceScene.Cancellation);
        Assert.Equal("precious", await File.ReadAllTextAsync(Path.Combine(back.Path, "made.txt"), PlaceScene.Cancellation));
        Assert.Equal(1, await scene.Manager.Workspaces.EmptyTrashAsync(null, PlaceScene.Cancellation));
        Assert.Empty(scene.Manager.Workspaces.Trash());
    }

    [Fact(Timeout = Limit)]
    public async Task Merging_is_refused_while_a_run_goes_on()
    {
        await using var scene = new PlaceScene();
        await scene.OpenAsync(("waits", "echo work >new.txt; echo begun; exec sleep 60"));
        string id = await scene.SpawnAsync("waits");
        var ticket = await scene.Manager.SubmitAsync(id, "go");
        await LiveProcesses.UntilAsync(() => scene.Manager.List().Single().Activity == "begun", TimeSpan.FromSeconds(20), "it works");

        var refused = await Assert.ThrowsAsync<RefusedException>(() => scene.Manager.Workspaces.MergeAsync([id], new(), PlaceScene.Cancellation));
        Assert.Contains(id, refused.Message, StringComparison.Ordinal);
        Assert.Contains("new.txt", (await scene.Manager.Workspaces.ChangesAsync(id, PlaceScene.Cancellation)).Files.Select(file => file.Path));

        await scene.Manager.CancelRunAsync(ticket.RunId, "enough");
        var result = await scene.Manager.WaitAsync(ticket.RunId, PlaceScene.Cancellation);
        Assert.Equal(WorkerStatus.Cancelled, result.Status);
        Assert.Equal("new.txt", PlaceScene.EvidenceOf(result)["changes"]!["files"]!.AsArray().Single()!["path"]!.GetValue<string>());
    }

    [Theory(Timeout = Limit)]
    [InlineData("test -f made.txt", true)]
    [InlineData("echo no; exit 3", false)]
    public async Task Checks_have_the_last_word(string check, bool passes)
    {
        await using var scene = new PlaceScene();
        await scene.OpenAsync(("writes", Writes));
        string id = await scene.SpawnAsync("writes", check);
        var result = await scene.RunAsync(id);

        var evidence = PlaceScene.EvidenceOf(result);
        Assert.Equal(passes, evidence["verified"]!.GetValue<bool>());
        Assert.Equal(passes ? WorkerStatus.Completed : WorkerStatus.Failed, result.Status);
        Assert.Equal(passes ? null : "verification_failed", (string?)result.Metadata["reason"]);
        Assert.Equal(check, evidence["checks"]!.AsArray().Single()!["command"]!.GetValue<string>());
        Assert.Equal(passes ? 0 : 3, evidence["checks"]!.AsArray().Single()!["exit_code"]!.GetValue<int>());
        Assert.Equal(3, evidence["changes"]!["file_count"]!.GetValue<int>());
        if (!passes)
        {
            Assert.Contains("exit code 3", result.Error, StringComparison.Ordinal);
            Assert.Equal("no", evidence["checks"]!.AsArray().Single()!["output"]!.GetValue<string>());
        }
    }

    [Fact(Timeout = Limit)]
    public async Task Check_that_goes_on_when_the_host_leaves_is_taken_up_by_the_next_one()
    {
        await using var scene = new PlaceScene();
        await scene.OpenAsync(("writes", Writes));
        string gate = Path.Combine(scene.Git.Root, "gate");
        string id = await scene.SpawnAsync("writes", $"echo once >>'{gate}.count'; until test -f '{gate}'; do sleep 0.05; done");
        var ticket = await scene.Manager.SubmitAsync(id, "go");
        await LiveProcesses.UntilAsync(() => File.Exists(gate + ".count"), TimeSpan.FromSeconds(30), "the check runs");

        await scene.OpenAsync();
        await File.WriteAllTextAsync(gate, "", PlaceScene.Cancellation);
        var result = await scene.Manager.WaitAsync(ticket.RunId, PlaceScene.Cancellation);

        Assert.Equal(WorkerStatus.Completed, result.Status);
        Assert.True(PlaceScene.EvidenceOf(result)["verified"]!.GetValue<bool>());
        Assert.Equal("once\n", await File.ReadAllTextAsync(gate + ".count", PlaceScene.Cancellation));
    }

    [Fact(Timeout = Limit)]
    public async Task What_a_repository_asks_for_runs_only_once_it_is_trusted()
    {
        await using var scene = new PlaceScene();
        await scene.OpenAsync();
        Workspaces.GitScene.Write(scene.Repository, ".mcpworkers.yaml", "setup:\n  run: echo ready >ready.txt\nverify: [test -f ready.txt]\nports: [WEB_PORT]\n");
        Workspaces.GitScene.Write(scene.Repository, ".gitignore", "ready.txt\n");
        await scene.Git.Commit(scene.Repository);

        string first = await scene.SpawnAsync();
        var before = PlaceScene.EvidenceOf(await scene.RunAsync(first));
        Assert.Null(before["verified"]);
        Assert.Contains("mcpworkers trust", before["notes"]!.AsArray().Single()!.GetValue<string>(), StringComparison.Ordinal);
        Assert.False(File.Exists(Path.Combine(scene.Manager.Workspaces.Get(first).Path, "ready.txt")));

        var trusted = await scene.Manager.Workspaces.TrustAsync(scene.Repository, PlaceScene.Cancellation);
        Assert.Equal(["set-up: echo ready >ready.txt", "check: test -f ready.txt"], trusted);
        string second = await scene.SpawnAsync();
        var after = PlaceScene.EvidenceOf(await scene.RunAsync(second));
        Assert.True(after["verified"]!.GetValue<bool>());
        Assert.False(after.ContainsKey("notes"));
    }

    [Fact(Timeout = Limit)]
    public async Task Set_up_runs_once_and_one_that_fails_lets_nothing_run()
    {
        await using var scene = new PlaceScene();
        await scene.OpenAsync(("writes", Writes));
        scene.Settings = scene.Settings with
        {
            WorkerTypes =
            [
                .. scene.Settings.WorkerTypes,
                scene.Settings.WorkerTypes[0] with { Name = "made", Setup = new("echo set >>made.log", [], []) },
                scene.Settings.WorkerTypes[0] with { Name = "unmade", Setup = new("echo broken >&2; exit 7", [], []) },
            ],
        };
        await scene.OpenAsync();
        string id = await scene.SpawnAsync("made");
        await scene.RunAsync(id);
        await scene.RunAsync(id);
        Assert.Equal("set\n", await File.ReadAllTextAsync(Path.Combine(scene.Manager.Workspaces.Get(id).Path, "made.log"), PlaceScene.Cancellation));

        var failed = await scene.RunAsync(await scene.SpawnAsync("unmade"));
        Assert.Equal(("launch_failed", WorkerStatus.Failed), ((string?)failed.Metadata["outcome"], failed.Status));
        Assert.Contains("exit code 7", failed.Error, StringComparison.Ordinal);
        Assert.Contains("broken", failed.Error, StringComparison.Ordinal);
    }

    [Fact(Timeout = Limit)]
    public async Task Ports_are_each_workers_own()
    {
        await using var scene = new PlaceScene();
        await scene.OpenAsync(("tells", "echo $WEB_PORT"));
        scene.Settings = scene.Settings with
        {
            WorkerTypes = [.. scene.Settings.WorkerTypes, scene.Settings.WorkerTypes.Single(type => type.Name == "tells") with { Name = "web", Ports = ["WEB_PORT"] }],
        };
        await scene.OpenAsync();
        var ids = await scene.Manager.SpawnAsync(new() { WorkerType = "web", Count = 3, Workspace = new() { Kind = WorkspaceKind.Worktree } });
        var said = await Task.WhenAll(ids.Select(id => scene.RunAsync(id)));
        Assert.Equal(3, said.Select(result => int.Parse(result.Output, System.Globalization.CultureInfo.InvariantCulture)).Distinct().Count());
    }

    [Theory(Timeout = Limit)]
    [InlineData("worktree", "https://example.invalid/x.git", null, "for the workspace 'clone'")]
    [InlineData("clone", null, null, "needs repo")]
    [InlineData("directory", null, "main", "for the workspace 'worktree'")]
    [InlineData("worktree", null, "no-such-branch", "no-such-branch")]
    public async Task Places_that_cannot_be_made_are_refused_and_leave_nothing(string kind, string? repository, string? from, string says)
    {
        await using var scene = new PlaceScene();
        await scene.OpenAsync();
        Assert.True(WorkspaceKindNames.TryParse(kind, out var parsed));
        var refused = await Assert.ThrowsAsync<RefusedException>(() => scene.Manager.SpawnAsync(
            new() { WorkerType = "echo", Workspace = new() { Kind = parsed, Repository = repository, From = from } }, PlaceScene.Cancellation));
        Assert.Contains(says, refused.Message, StringComparison.Ordinal);
        Assert.Empty(scene.Manager.List());
        Assert.Empty(scene.Manager.Workspaces.List());
        Assert.Equal("* main", await scene.Git.Git(scene.Repository, "branch"));
    }
}
