using McpWorkers.Engine.Workspaces.Trash;
using Xunit;

namespace McpWorkers.Tests.Workspaces.Trash;

/// <summary>Each kind of content goes into the trash and comes back, every byte of it.</summary>
public sealed class SnapshotTests
{
    private const int Limit = 60_000;

    private const string Nested = "mkdir -p $D; git init -q $D; ";

    /// <summary>What an agent does in its worktree, by name.</summary>
    private static readonly Dictionary<string, string> Deeds = new()
    {
        ["changed and new files"] = "echo more >> readme.txt; echo new > new.txt; rm src/gone.txt",
        ["line ends by attributes"] = @"printf '* text=auto\n*.bat eol=crlf\n*.u16 working-tree-encoding=UTF-16\n' > .gitattributes; printf 'a\r\nb\r\n' > crlf.txt; printf 'a\nb\r\nc' > mixed.txt; printf 'x\n' > run.bat; git add -A 2>/dev/null; printf 'y\r\nz\n' >> run.bat",
        ["binary files"] = "head -c 300000 /dev/urandom > random.bin; printf '\\000\\001\\377' > small.bin; : > empty.bin; git add random.bin",
        ["a big file"] = "head -c 20000000 /dev/urandom > big.bin",
        ["modes"] = "chmod 755 readme.txt; echo x > secret; chmod 600 secret; echo y > all; chmod 777 all; mkdir shut; echo z > shut/z; chmod 400 shut/z; chmod 555 shut; mkdir -m 700 own; echo s > setuid; chmod 4755 setuid",
        ["links"] = "ln -s readme.txt link; ln -s /nowhere/at/all dangling; ln -s .. up; ln -s src dirlink; git add link; ln -sf /etc/passwd link; ln -s x .gitmodules",
        ["ignored files"] = "printf 'out/\\n*.log\\n' > .gitignore; mkdir -p out/deep; echo built > out/deep/a; echo logged > x.log",
        ["empty directories"] = "mkdir -p a/b/c d; mkdir -m 711 e; echo x > x",
        ["staged and then changed"] = "echo staged > readme.txt; git add readme.txt; echo only-staged > only; git add only; rm only; echo after > readme.txt; git add -N .; echo intent > intent; git add -N intent",
        ["a conflict in the index"] = "git checkout -q -b other; echo theirs > readme.txt; git commit -qam theirs; git checkout -q -; echo ours > readme.txt; git commit -qam ours; git merge other >/dev/null || true; test -n \"$(git ls-files -u)\"",
        ["a rebase in progress"] = "git checkout -q -b other; echo theirs > readme.txt; git commit -qam theirs; git checkout -q -; echo ours > readme.txt; git commit -qam ours; git rebase other >/dev/null 2>&1 || true; test -d $(git rev-parse --git-path rebase-merge)",
        ["a bisect and a cherry-pick"] = "for i in 1 2 3; do echo $i > f$i; git add .; git commit -qm $i; done; git bisect start -q HEAD HEAD~3 >/dev/null",
        ["detached commits"] = "git checkout -q --detach; echo d > d.txt; git add d.txt; git commit -qm detached; git checkout -q -; echo e > e.txt; git add .; git commit -qm kept; git commit -q --amend -m amended; git reset -q --hard HEAD~1",
        ["a nested repository"] = "D=lib; " + Nested + "cd lib; echo in > in.txt; git add .; git commit -qm in; echo stash > in.txt; git stash -q; git tag t; git config my.key value; echo '#!/bin/sh' > .git/hooks/post-commit; chmod +x .git/hooks/post-commit; echo dirty > in.txt",
        ["a nested repository without commits"] = "D=a/lib; " + Nested + "echo in > a/lib/in.txt; git -C a/lib add in.txt",
        ["nested in nested"] = "D=a; " + Nested + "D=a/b/c; " + Nested + "echo 1 > a/1; echo 2 > a/b/c/2; git -C a/b/c add .; git -C a/b/c commit -qm 2",
        ["things that look like repositories"] = "mkdir -p a/.GIT b/.git c/@.git d/@@.gitmodules; echo x > a/.GIT/x; echo y > b/.git/y; echo z > c/@.git/z; echo w > d/@@.gitmodules/w; mkdir e; echo 'gitdir: /nowhere' > e/.git; mkdir f; ln -s ../b/.git f/.Git; echo 1 > 'git~1'; echo 2 > '.Git. '; echo 3 > \"$(printf '.g\\342\\200\\214it')\"",
        ["a bare repository within"] = "git init -q --bare bare.git; git push -q ./bare.git HEAD:refs/heads/kept",
        ["a worktree within"] = "git worktree add -q --detach inner HEAD 2>/dev/null; echo deep > inner/deep.txt; git -C inner add .; git -C inner commit -qm deep",
        ["odd names"] = "touch \"$(printf 'new\\nline')\" '\"quoted\"' 'back\\slash' \"$(printf 'tab\\t')\" ' lead' 'trail ' ./-rf '%41' ':(glob)x' '*' '@'; mkdir \"$(printf 'bad\\377dir')\"; echo x > \"$(printf 'bad\\377dir/bad\\201name')\"; mkdir \"$(printf 'empty\\376')\"; echo m > \"$(printf 'mode\\375')\"; chmod 640 \"$(printf 'mode\\375')\"; D=\"$(printf 'bad\\377dir')/repo\"; git init -q \"$D\"",
        ["its own files moved and locked"] = "rm .git; echo lost > lost.txt",
        ["a locked worktree"] = "git worktree lock --reason mine .; echo x > x",
        ["thousands of files"] = "mkdir -p many; i=0; while [ $i -lt 3000 ]; do echo $i > many/$i; i=$((i+1)); done",
    };

    public static TheoryData<string> Names => [.. Deeds.Keys];

    [Theory(Timeout = Limit)]
    [MemberData(nameof(Names))]
    public async Task What_a_worktree_holds_comes_back(string name)
    {
        using var scene = new TrashScene();
        string repository = await scene.Git.MakeRepository("project", ("readme.txt", "one\n"), ("src/gone.txt", "gone\n"), ("src/stays.txt", "stays\n"));
        var workspace = await scene.Worktree(repository);
        await scene.Shell(workspace.Root, Deeds[name]);
        string before = name.Contains("own files", StringComparison.Ordinal) ? "" : await scene.Shell(workspace.Root, "git rev-parse HEAD; git status --porcelain; git ls-files -s; git log -g --format=%H");
        var entry = await scene.ThereAndBack(workspace);
        Assert.StartsWith("refs/mcpworkers/trash/", entry.Ref, StringComparison.Ordinal);

        // The commits of its log too are there, also after git has thrown away what nothing holds.
        await scene.Shell(repository, "git reflog expire --expire=now --all; git gc -q --prune=now; git fsck --strict --no-dangling");
        if (before.Length > 0)
        {
            string after = await scene.Shell(workspace.Root, "git rev-parse HEAD; git status --porcelain; git ls-files -s");
            Assert.StartsWith(after, before, StringComparison.Ordinal);
        }
    }

    [Fact(Timeout = Limit)]
    public async Task Commits_of_the_log_alone_outlive_the_worktree()
    {
        using var scene = new TrashScene();
        string repository = await scene.Git.MakeRepository();
        var workspace = await scene.Worktree(repository);
        string lost = await scene.Shell(workspace.Root, "echo a > a; git add a; git commit -qm a; git rev-parse HEAD; git reset -q --hard HEAD~1");
        string staged = await scene.Shell(workspace.Root, "echo staged > s; git add s; git rev-parse :s; echo later > s");
        var entry = await scene.Remove(workspace);
        Assert.NotNull(entry);
        await scene.Shell(repository, "git reflog expire --expire=now --all; git gc -q --prune=now");
        Assert.Equal("commit", await scene.Git.Git(repository, "cat-file", "-t", lost));
        Assert.Equal("staged", await scene.Git.Git(repository, "cat-file", "blob", staged));
        await scene.Restore(entry);
        Assert.Contains(lost, await scene.Shell(workspace.Root, "git log -g --format=%H"), StringComparison.Ordinal);
    }

    [Fact(Timeout = Limit)]
    public async Task A_submodule_with_commits_of_its_own_comes_back()
    {
        using var scene = new TrashScene();
        string library = await scene.Git.MakeRepository("library", ("lib.txt", "lib\n"));
        string repository = await scene.Git.MakeRepository();
        await scene.Git.Git(repository, "-c", "protocol.file.allow=always", "submodule", "--quiet", "add", library, "deps/library");
        await scene.Git.Commit(repository, "With a library");
        var workspace = await scene.Worktree(repository);
        await scene.Git.Git(workspace.Root, "-c", "protocol.file.allow=always", "submodule", "--quiet", "update", "--init");
        string own = await scene.Shell(workspace.Root, "cd deps/library; git checkout -q -b mine; echo mine > mine.txt; git add .; git commit -qm mine; printf 'a\\r\\n' > dirty; git rev-parse HEAD");
        await scene.ThereAndBack(workspace);
        Assert.Equal(own, await scene.Git.Git(Path.Combine(workspace.Root, "deps/library"), "rev-parse", "HEAD"));
    }

    [Fact(Timeout = Limit)]
    public async Task A_clone_comes_back_whole()
    {
        using var scene = new TrashScene();
        string repository = await scene.Git.MakeRepository();
        var workspace = await scene.Clone(repository);
        await scene.Shell(workspace.Root, "echo a > a; git add a; git commit -qm a; printf 'x\\r\\n' > crlf; echo s > a; git stash -q; mkdir -p n; git init -q n; mkdir e; mkdir .git/worktrees");
        var entry = await scene.ThereAndBack(workspace);
        Assert.Equal(Path.Combine(scene.Git.Data, "trash", "clones.git"), entry.Repository);
        await scene.Shell(workspace.Root, "git fsck --strict; git stash list | grep -q .; git log --oneline | grep -q a");
    }

    [Fact(Timeout = Limit)]
    public async Task What_is_left_out_is_named()
    {
        using var scene = new TrashScene { Settings = new() { LeaveOut = ["*.tmp", "kept.txt"] } };
        string repository = await scene.Git.MakeRepository();
        var workspace = await scene.Worktree(repository) with { SetupOutputs = ["deps"] };
        await scene.Shell(workspace.Root, "printf 'deps/\\n*.tmp\\n*.log\\n' > .gitignore; mkdir -p deps/x; echo d > deps/x/d; echo t > a.tmp; echo l > a.log; echo k > kept.txt; mkfifo fifo");
        var entry = await scene.Remove(workspace);
        Assert.Equal(
            ["work/a.tmp: left out by the setting 'workspaces.leave_out'", "work/deps/x/d: made by the set-up", "work/fifo: a socket, a FIFO or a device"],
            entry!.LeftOut.Order(StringComparer.Ordinal));
        var files = await scene.Trash.FilesAsync(entry, scene.Git.Environment, TestContext.Current.CancellationToken);
        Assert.Contains(new TrashedFile("a.log", "ignored", 2), files);
        Assert.Contains(new TrashedFile("kept.txt", "untracked", 2), files);
        Assert.Contains(new TrashedFile("readme.txt", "tracked", 11), files);
        Assert.Contains(files, file => file is { Path: ".git/index", State: "git" });
        Assert.DoesNotContain(files, file => file.Path.Contains("deps", StringComparison.Ordinal) || file.Path == "a.tmp");
    }
}
