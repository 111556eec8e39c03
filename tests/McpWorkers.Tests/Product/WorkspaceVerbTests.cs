using System.Text;
using System.Text.Json.Nodes;
using McpWorkers.Engine.Execution.Processes;
using Xunit;

namespace McpWorkers.Tests.Product;

/// <summary>Worktrees through the built product: a real daemon, real git, and the simulated agent, which writes where it is told to.</summary>
public sealed class WorkspaceVerbTests : IAsyncDisposable
{
    private const int TestLimit = 240_000;

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(120);

    private readonly ProductHome _home = new();

    public WorkspaceVerbTests() => _home.Set("GIT_CONFIG_NOSYSTEM", "1");

    [Fact(Timeout = TestLimit)]
    public async Task Several_workers_work_apart_and_all_of_it_is_merged()
    {
        await MakeRepositoryAsync();

        var executed = await RunAsync(
            "execute", "-t", "simulated", "--permission", "edit", "-n", "3", "--workspace", "worktree", "--verify", "ls made-*.txt", "--json",
            "-p", "[[pace:fast]] [[shell:echo by-$$ > made-$$.txt]] [[text:done]]");

        Assert.True(executed.ExitCode == 0, executed.ToString());
        Assert.Equal(3, executed.Results.Count);
        foreach (var result in executed.Results)
        {
            var evidence = result.Metadata()["evidence"]!;
            Assert.True((bool)evidence["verified"]!, evidence.ToJsonString());
            Assert.Equal(0, (int)evidence["checks"]![0]!["exit_code"]!);
            Assert.Equal(1, (int)evidence["changes"]!["file_count"]!);
            Assert.Single(evidence["changes"]!["commits"]!.AsArray());
            Assert.Equal("added", (string)evidence["changes"]!["files"]![0]!["status"]!);
            Assert.Equal($"mcpworkers/{result["worker_id"]}", (string)evidence["changes"]!["branch"]!);
            Assert.False(((string)evidence["changes"]!["path"]!).StartsWith(_home.Work, StringComparison.Ordinal));
        }

        Assert.Equal(["readme.txt"], FilesInWork());
        var kept = JsonNode.Parse(await DoneAsync("worktrees", "list", "--json"))!.AsArray();
        Assert.Equal(executed.Results.Select(result => (string)result["worker_id"]!).Order(), kept.Select(each => (string)each!["worker_id"]!).Order());
        Assert.All(kept, each => Assert.False((bool)each!["has_worker"]!));

        Assert.Contains("can be merged into main", await DoneAsync("workers", "merge", "--all", "--dry-run"), StringComparison.Ordinal);
        var merged = JsonNode.Parse(await DoneAsync("workers", "merge", "--all", "--json"))!.AsArray();

        Assert.Equal(["merged", "merged", "merged"], merged.Select(each => (string)each!["status"]!));
        Assert.Equal(4, FilesInWork().Count);
        Assert.Equal("", await GitAsync("status", "--porcelain"));
        await DoneAsync("worktrees", "prune");
        Assert.Equal("[]\n", await DoneAsync("worktrees", "list", "--json"));
        Assert.Equal("", await DoneAsync("workers", "merge", "--all"));
    }

    [Fact(Timeout = TestLimit)]
    public async Task A_conflict_is_foretold_and_what_is_discarded_comes_back()
    {
        await MakeRepositoryAsync();
        string[] ids = await SpawnAsync(2, "--workspace", "worktree");
        await DoneAsync("workers", "batch", "--worker", ids[0], "--prompt", "[[pace:fast]] [[write:readme.txt:one]]", "--worker", ids[1], "--prompt", "[[pace:fast]] [[write:readme.txt:two]]");
        await DoneAsync("workers", "close-all");

        var forecast = await CommandAsync("workers", "merge", "--all", "--dry-run");
        var merge = await CommandAsync("workers", "merge", ids[0], ids[1], "--json");

        Assert.Equal(4, forecast.ExitCode);
        Assert.Contains($"{ids[0]} collides with {ids[1]}:\n  readme.txt\n", forecast.Stdout, StringComparison.Ordinal);
        Assert.Equal(4, merge.ExitCode);
        var outcomes = JsonNode.Parse(merge.Stdout)!.AsArray();
        Assert.Equal(["merged", "conflict"], outcomes.Select(each => (string)each!["status"]!));
        Assert.Equal("""["readme.txt"]""", outcomes[1]!["files"]!.ToJsonString());
        Assert.Equal("one", await File.ReadAllTextAsync(Path.Combine(_home.Work, "readme.txt")));

        string patch = await DoneAsync("workers", "diff", ids[1]);
        var discarded = JsonNode.Parse(await DoneAsync("workers", "discard", ids[1], "--json"))!.AsArray()[0]!;
        string trashId = (string)discarded["trash_id"]!;
        Assert.DoesNotContain(ids[1], await DoneAsync("worktrees", "list", "--json"), StringComparison.Ordinal);
        Assert.Contains(trashId, await DoneAsync("workers", "trash", "list"), StringComparison.Ordinal);
        var shown = JsonNode.Parse(await DoneAsync("workers", "trash", "show", trashId, "--json"))!;
        Assert.Contains(shown["files"]!.AsArray(), file => (string)file!["path"]! == "readme.txt");
        Assert.Contains("is there again", await DoneAsync("workers", "trash", "restore", trashId), StringComparison.Ordinal);
        Assert.Equal(patch, await DoneAsync("workers", "diff", ids[1]));

        Assert.Equal(2, (await CommandAsync("workers", "trash", "empty", "--all")).ExitCode);
        Assert.Equal("Deleted 1 snapshot.\n", await DoneAsync("workers", "trash", "empty", "--all", "--yes"));
        Assert.Equal("[]\n", await DoneAsync("workers", "trash", "list", "--json"));
    }

    [Fact(Timeout = TestLimit)]
    public async Task A_check_that_fails_fails_the_run_and_keeps_the_work()
    {
        await MakeRepositoryAsync();

        var executed = await RunAsync(
            "execute", "-t", "simulated", "--permission", "edit", "--workspace", "worktree", "--verify", "echo not-enough; test -f b.txt",
            "-p", "[[pace:fast]] [[write:a.txt:x]] [[text:done]]");

        Assert.Equal(1, executed.ExitCode);
        Assert.Contains("failed with exit code 1: echo not-enough; test -f b.txt", executed.Stdout, StringComparison.Ordinal);
        Assert.Contains("    not-enough\n", executed.Stdout, StringComparison.Ordinal);
        Assert.Contains("what to do: look at the checks above", executed.Stdout, StringComparison.Ordinal);
        Assert.Contains("A a.txt  +1 -0", executed.Stdout, StringComparison.Ordinal);
        Assert.Contains("next: mcpworkers workers diff term_", executed.Stdout, StringComparison.Ordinal);
        var kept = Assert.Single(JsonNode.Parse(await DoneAsync("worktrees", "list", "--json"))!.AsArray())!;
        string id = (string)kept["worker_id"]!;

        var merge = await CommandAsync("workers", "merge", id, "--json");

        Assert.Equal(4, merge.ExitCode);
        Assert.Equal("checks_failed", (string)JsonNode.Parse(merge.Stdout)![0]!["status"]!);
        Assert.Equal(["readme.txt"], FilesInWork());

        // What a person mends there by hand counts too.
        await File.WriteAllTextAsync(Path.Combine((string)kept["path"]!, "b.txt"), "y\n");
        Assert.Equal(4, (await CommandAsync("workers", "merge", id, "--verify", "test -f c.txt")).ExitCode);
        Assert.StartsWith($"Merged {id} into main: ", await DoneAsync("workers", "merge", id, "--verify", "test -f a.txt", "--squash"), StringComparison.Ordinal);
        Assert.Equal(["a.txt", "b.txt", "readme.txt"], FilesInWork());
        Assert.Equal("2\n", await GitAsync("rev-list", "--count", "HEAD"));
    }

    [Fact(Timeout = TestLimit)]
    public async Task A_patch_is_byte_for_byte_what_git_needs()
    {
        await MakeRepositoryAsync();
        string id = (await SpawnAsync(1, "--workspace", "worktree"))[0];
        await DoneAsync(
            "workers", "execute", id, "-p",
            "[[pace:fast]] [[shell:printf 'gr\\374n\\r\\nzwei\\n' > latin.txt; printf 'a\\000b\\377' > binary; mv readme.txt moved.txt; head -c 3000000 /dev/urandom > large]] [[text:done]]");
        string file = Path.Combine(_home.Root, "out.patch");

        await DoneAsync("workers", "diff", id, "--patch", file);
        string stat = await DoneAsync("workers", "diff", id, "--stat");
        await GitAsync("apply", "--check", file);
        await GitAsync("apply", file);

        Assert.Equal([0x67, 0x72, 0xFC, 0x6E, 0x0D, 0x0A, .. "zwei\n"u8], await File.ReadAllBytesAsync(Path.Combine(_home.Work, "latin.txt")));
        Assert.Equal([0x61, 0x00, 0x62, 0xFF], await File.ReadAllBytesAsync(Path.Combine(_home.Work, "binary")));
        Assert.Equal(3_000_000, new FileInfo(Path.Combine(_home.Work, "large")).Length);
        Assert.Equal(["binary", "large", "latin.txt", "moved.txt"], FilesInWork());
        Assert.Contains("R readme.txt -> moved.txt", stat, StringComparison.Ordinal);
        Assert.Contains("A binary  binary", stat, StringComparison.Ordinal);
        Assert.False(File.Exists(file + ".part"));
    }

    [Fact(Timeout = TestLimit)]
    public async Task A_clone_works_apart_from_its_source()
    {
        string source = Directory.CreateDirectory(Path.Combine(_home.Root, "source")).FullName;
        await MakeRepositoryAsync(source);
        await GitInAsync(source, "branch", "feature");

        var executed = await RunAsync(
            "execute", "-t", "simulated", "--permission", "edit", "--workspace", "clone", "--repo", source, "--branch", "feature", "--json", "-p", "[[pace:fast]] [[write:a.txt:x]] [[cwd]]");

        Assert.True(executed.ExitCode == 0, executed.ToString());
        var result = Assert.Single(executed.Results);
        Assert.Equal(1, (int)result.Metadata()["evidence"]!["changes"]!["file_count"]!);
        Assert.False(File.Exists(Path.Combine(source, "a.txt")));
        Assert.True(File.Exists(Path.Combine(result.Output(), "a.txt")));
        string id = (string)result["worker_id"]!;
        Assert.Contains("+x", await DoneAsync("workers", "diff", id), StringComparison.Ordinal);
        Assert.Contains("To have it back", await DoneAsync("workers", "discard", id), StringComparison.Ordinal);
        Assert.False(Directory.Exists(result.Output()));
    }

    [Fact(Timeout = TestLimit)]
    public async Task An_unchanged_worktree_is_gone_with_its_worker_and_a_directory_has_none()
    {
        await MakeRepositoryAsync();

        var apart = await RunAsync("execute", "-t", "simulated", "--permission", "edit", "--workspace", "worktree", "-p", "[[pace:fast]] [[text:nothing done]]");
        var inPlace = await RunAsync("execute", "-t", "simulated", "--permission", "edit", "--json", "-p", "[[pace:fast]] [[write:a.txt:x]]");

        Assert.Equal((0, 0), (apart.ExitCode, inPlace.ExitCode));
        Assert.DoesNotContain("next:", apart.Stdout, StringComparison.Ordinal);
        Assert.Equal("[]\n", await DoneAsync("worktrees", "list", "--json"));
        Assert.Equal(["a.txt", "readme.txt"], FilesInWork());
        Assert.Null(inPlace.Results[0].Metadata()["evidence"]?["changes"]);
        Assert.Equal("", await GitAsync("branch", "--list", "mcpworkers/*"));
    }

    [Fact(Timeout = TestLimit)]
    public async Task Every_mode_that_this_machine_offers_works()
    {
        _home.Set("DOCKER_HOST", "unix:///nowhere/engine.sock");
        var verified = await CommandAsync("verify", "modes", "--json");

        Assert.True(verified.ExitCode == 0, verified.ToString());
        var verdicts = JsonNode.Parse(verified.Stdout)!.AsArray();
        Assert.Equal(
            ["directory process", "worktree process", "clone process", "directory container", "worktree container", "clone container"],
            verdicts.Select(each => $"{each!["workspace"]} {each["launcher"]}"));
        Assert.All(verdicts.Take(3), each => Assert.True((bool)each!["works"]!, each.ToJsonString()));
        Assert.All(verdicts.Skip(3), each => Assert.False((bool)each!["offered"]!, each.ToJsonString()));
        Assert.All(verdicts.Skip(3), each => Assert.Contains("unix:///nowhere/engine.sock", (string)each!["why"]!, StringComparison.Ordinal));
        Assert.Equal("[]\n", await DoneAsync("worktrees", "list", "--json"));
        Assert.Equal("[]\n", await DoneAsync("workers", "trash", "list", "--json"));
        Assert.Equal("[]\n", await DoneAsync("workers", "list", "--json"));
    }

    [Fact(Timeout = TestLimit)]
    public async Task Commands_of_a_repository_run_only_once_they_are_trusted()
    {
        await MakeRepositoryAsync();
        await File.WriteAllTextAsync(Path.Combine(_home.Work, ".mcpworkers.yaml"), "verify: [\"echo ran > ran.txt\"]\n");
        await GitAsync("add", ".");
        await GitAsync("commit", "--quiet", "-m", "checks");
        string[] execute = ["execute", "-t", "simulated", "--permission", "edit", "--workspace", "worktree", "--json", "-p", "[[pace:fast]] [[write:a.txt:x]]"];

        var before = await RunAsync(execute);
        string trusted = await DoneAsync("trust", ".");
        var after = await RunAsync(execute);

        Assert.Null(before.Results[0].Metadata()["evidence"]!["verified"]);
        Assert.Contains("echo ran > ran.txt", trusted, StringComparison.Ordinal);
        Assert.True((bool)after.Results[0].Metadata()["evidence"]!["verified"]!);
        var none = await CommandAsync("trust", _home.Root);
        Assert.Equal(2, none.ExitCode);
    }

    [Fact(Timeout = TestLimit)]
    public async Task A_repository_that_was_moved_away_can_be_moved_back()
    {
        string place = Directory.CreateDirectory(Path.Combine(_home.Root, "project")).FullName;
        await MakeRepositoryAsync(place);
        string id = (await SpawnAsync(1, "--cwd", place, "--workspace", "worktree"))[0];
        await DoneAsync("workers", "execute", id, "-p", "[[pace:fast]] [[write:a.txt:x]]");
        Directory.Move(place, place + "-away");

        CommandEnd[] ends =
        [
            await CommandAsync("workers", "diff", id), await CommandAsync("workers", "diff", id, "--stat"), await CommandAsync("workers", "merge", id),
            await CommandAsync("workers", "merge", id, "--dry-run"),
        ];
        string listed = await DoneAsync("worktrees", "list");

        // What belongs to other repositories is not held up by it.
        await MakeRepositoryAsync();
        var other = await RunAsync("execute", "-t", "simulated", "--permission", "edit", "--workspace", "worktree", "--json", "-p", "[[pace:fast]] [[write:b.txt:x]]");
        Assert.StartsWith($"Merged {other.Results[0]["worker_id"]} into main: ", await DoneAsync("workers", "merge", "--all"), StringComparison.Ordinal);

        Assert.All(ends, end => Assert.True(end.ExitCode == 2, end.ToString()));
        Assert.All(ends, end => Assert.Contains($"There is no repository at '{place}/.git' any more", end.Stderr, StringComparison.Ordinal));
        Assert.All(ends, end => Assert.DoesNotContain("mcpworkers://", end.Stderr, StringComparison.Ordinal));
        Assert.Contains("cannot be read", listed, StringComparison.Ordinal);
        Assert.False(Directory.Exists(place));
        Directory.Move(place + "-away", place);
        Assert.StartsWith($"Merged {id} into main: ", await DoneAsync("workers", "merge", id), StringComparison.Ordinal);
    }

    [Fact(Timeout = TestLimit)]
    public async Task Where_no_snapshot_can_be_taken_git_says_why_and_nothing_is_removed()
    {
        await MakeRepositoryAsync();
        string id = (await SpawnAsync(1, "--workspace", "worktree"))[0];
        await DoneAsync("workers", "execute", id, "-p", "[[pace:fast]] [[write:a.txt:x]]");
        await DoneAsync("workers", "close", id);
        string packs = Path.Combine(_home.Work, ".git", "objects", "pack");
        Directory.Delete(packs);
        await File.WriteAllTextAsync(packs, "in the way");

        var refused = await CommandAsync("workers", "discard", id);

        Assert.Equal(2, refused.ExitCode);
        Assert.Contains("git fast-import", refused.Stderr, StringComparison.Ordinal);
        Assert.DoesNotContain("Broken pipe", refused.Stderr, StringComparison.Ordinal);
        Assert.Contains("+x", await DoneAsync("workers", "diff", id), StringComparison.Ordinal);
        File.Delete(packs);
        Directory.CreateDirectory(packs);
        Assert.Contains("in the trash", await DoneAsync("workers", "discard", id), StringComparison.Ordinal);
    }

    [Fact(Timeout = TestLimit)]
    public async Task A_source_that_cannot_be_cloned_is_told_without_settings_of_ours()
    {
        string plain = Directory.CreateDirectory(Path.Combine(_home.Root, "plain")).FullName;

        var end = await CommandAsync("workers", "spawn", "-t", "simulated", "--workspace", "clone", "--repo", plain);

        Assert.Equal(2, end.ExitCode);
        Assert.Contains("git clone", end.Stderr, StringComparison.Ordinal);
        Assert.DoesNotContain("hooksPath", end.Stderr, StringComparison.Ordinal);
    }

    [Theory(Timeout = TestLimit)]
    [InlineData("workers", "diff", "term_000000000000")]
    [InlineData("workers", "diff", "../../etc")]
    [InlineData("workers", "diff", "term_000000000000", "--patch", "x.patch")]
    [InlineData("workers", "merge", "term_000000000000")]
    [InlineData("workers", "merge", "term_000000000000", "--dry-run")]
    [InlineData("workers", "discard", "term_000000000000")]
    [InlineData("workers", "discard", "term_000000000000", "term_111111111111")]
    [InlineData("workers", "trash", "show", "20261121-184500-term_000000000000")]
    [InlineData("workers", "trash", "restore", "../../etc/passwd")]
    [InlineData("workers", "trash", "empty", "nothing")]
    [InlineData("workers", "spawn", "-t", "simulated", "--workspace", "worktree")]
    [InlineData("workers", "spawn", "-t", "simulated", "--workspace", "clone", "--repo", "-u/bin/false")]
    public async Task What_is_not_there_is_refused_by_name(params string[] arguments)
    {
        var end = await CommandAsync(arguments);

        Assert.True(end.ExitCode == 2, end.ToString());
        Assert.StartsWith("mcpworkers: ", end.Stderr, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(_home.Work));
    }

    public async ValueTask DisposeAsync()
    {
        await ProductInside.RunAsync(_home, Limit, "daemon", "stop", "--force");
        _home.Dispose();
    }

    private IReadOnlyList<string> FilesInWork() =>
        [.. Directory.GetFiles(_home.Work).Select(path => Path.GetFileName(path)!).Order(StringComparer.Ordinal)];

    private async Task<string[]> SpawnAsync(int count, params string[] options) => (await DoneAsync(
        ["workers", "spawn", "-t", "simulated", "--permission", "edit", "-n", $"{count}", .. options])).Split('\n', StringSplitOptions.RemoveEmptyEntries);

    private Task<CommandEnd> RunAsync(params string[] arguments) => CommandAsync(["workers", .. arguments]);

    private Task<CommandEnd> CommandAsync(params string[] arguments) => ProductInside.RunAsync(_home, Limit, arguments);

    /// <summary>Standard output of a command that must succeed.</summary>
    private async Task<string> DoneAsync(params string[] arguments)
    {
        var end = await CommandAsync(arguments);
        Assert.True(end.ExitCode == 0, $"{string.Join(' ', arguments)}: {end}");
        return end.Stdout;
    }

    private async Task MakeRepositoryAsync(string? place = null)
    {
        string directory = place ?? _home.Work;
        await File.WriteAllTextAsync(Path.Combine(directory, "readme.txt"), "a beginning\n");
        await GitInAsync(directory, "init", "--quiet");
        await GitInAsync(directory, "add", ".");
        await GitInAsync(directory, "commit", "--quiet", "-m", "a beginning");
    }

    private Task<string> GitAsync(params string[] arguments) => GitInAsync(_home.Work, arguments);

    private async Task<string> GitInAsync(string directory, params string[] arguments)
    {
        var said = await CommandRunner.RunAsync(
            new CommandSpec
            {
                Executable = "git",
                Arguments = ["-c", "user.name=Tester", "-c", "user.email=tester@example.invalid", "-c", "init.defaultBranch=main", .. arguments],
                WorkingDirectory = directory,
                Environment = _home.Environment,
                Timeout = TimeSpan.FromSeconds(60),
            },
            TestContext.Current.CancellationToken);
        Assert.True(said.ExitCode == 0, $"git {string.Join(' ', arguments)}: {said.Stderr}");
        return Encoding.UTF8.GetString(said.Stdout.Span);
    }
}
