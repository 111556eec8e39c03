using McpWorkers.Engine.Execution.Processes;
using McpWorkers.Engine.Workspaces.Git;
using Xunit;

namespace McpWorkers.Tests.Workspaces.Git;

/// <summary>
/// No program that a repository names is run by the host's git. Each case is a key of configuration or attributes, and what a user's plain git
/// does on which the program does run: else the case would prove nothing.
/// </summary>
public sealed class HostileRepositoryTests
{
    private const int Limit = 120_000;

    /// <summary>By name: how the repository is made so, and on what plain git runs the program. $EVIL is the program, which leaves a mark.</summary>
    private static readonly Dictionary<string, (string Make, string Lure)> Traps = new()
    {
        ["filter clean"] = ("git config filter.x.clean \"$EVIL\"; echo '*.txt filter=x' > .gitattributes", "echo 1 >> readme.txt; git add readme.txt"),
        ["filter smudge"] = ("git config filter.x.smudge \"$EVIL\"; echo '*.txt filter=x' > .gitattributes", "rm readme.txt; git checkout readme.txt"),
        ["filter process"] = ("git config filter.x.process \"$EVIL\"; echo '*.txt filter=x' > .git/info/attributes", "echo 1 >> readme.txt; git add readme.txt"),
        ["textconv"] = ("git config diff.x.textconv \"$EVIL\"; echo '*.txt diff=x' > .gitattributes", "echo 1 >> readme.txt; git diff"),
        ["diff.external"] = ("git config diff.external \"$EVIL\"", "echo 1 >> readme.txt; git diff"),
        ["diff driver command"] = ("git config diff.x.command \"$EVIL\"; echo '*.txt diff=x' > .gitattributes", "echo 1 >> readme.txt; git diff"),
        ["merge driver"] = ("git config merge.x.driver \"$EVIL %A\"; echo '*.txt merge=x' > .gitattributes; git add .gitattributes; git commit -qm attributes", "$CONFLICT; git merge trap"),
        ["hooks"] = ("for h in pre-commit post-commit post-checkout post-index-change reference-transaction pre-merge-commit post-merge prepare-commit-msg commit-msg; do cp \"$EVIL\" .git/hooks/$h; done", "git commit -q --allow-empty -m x"),
        ["core.hooksPath"] = ("mkdir h; for h in pre-commit post-checkout post-index-change reference-transaction; do cp \"$EVIL\" h/$h; done; git config core.hooksPath h", "git commit -q --allow-empty -m x"),
        ["core.fsmonitor"] = ("git config core.fsmonitor \"$EVIL\"", "git status"),
        ["core.sshCommand"] = ("git config core.sshCommand \"$EVIL\"; git remote add origin ssh://localhost:9/x", "git fetch origin"),
        ["credential.helper"] = ("git config credential.helper \"$EVIL\"", "printf 'protocol=http\\nhost=localhost\\n\\n' | GIT_TERMINAL_PROMPT=0 git credential fill"),
        ["include.path"] = ("printf '[core]\\n\\tfsmonitor = %s\\n' \"$EVIL\" > .git/more; git config include.path more", "git status"),
        ["includeIf"] = ("printf '[core]\\n\\tfsmonitor = %s\\n' \"$EVIL\" > .git/more; git config includeIf.gitdir:/.path \"$PWD/.git/more\"", "git status"),
        ["alias"] = ("git config alias.stat \"!$EVIL\"", "git stat"),
        ["core.pager"] = ("git config core.pager \"$EVIL\"", "script -qec 'git log' /dev/null"),
        ["pager of a command"] = ("git config pager.status \"$EVIL\"", "script -qec 'git status' /dev/null"),
        ["core.editor"] = ("git config core.editor \"$EVIL\"", "git commit --allow-empty"),
        ["sequence.editor"] = ("git config sequence.editor \"$EVIL\"", "git commit -q --allow-empty -m x; git rebase -i HEAD~1"),
        ["gpg.program"] = ("git config gpg.program \"$EVIL\"; git config commit.gpgSign true; git config user.signingKey x", "git commit -q --allow-empty -m x"),
        ["protocol ext"] = ("git config protocol.ext.allow always; git remote add origin \"ext::$EVIL x\"", "git fetch origin"),
        ["upload-pack"] = ("git config remote.origin.url \"$PWD\"; git config remote.origin.uploadpack \"$EVIL\"", "git fetch origin"),
        ["alternate refs"] = ("git clone -q --shared . ../shared; cd ../shared; git config core.alternateRefsCommand \"$EVIL\"; git push -q ../project HEAD:refs/heads/other; cd ../project; mkdir -p .git/objects/info; echo \"$PWD/../shared/.git/objects\" > .git/objects/info/alternates; git config core.alternateRefsCommand \"$EVIL\"; git init -q --bare ../far.git; git -C ../far.git fetch -q ../project main:main; git remote add origin ../far.git; git -C ../far.git update-ref refs/heads/new $(git -C ../far.git commit-tree -m new main^{tree})", "git fetch origin"),
        ["submodule update command"] = ("git -c protocol.file.allow=always submodule --quiet add ../library lib; git commit -qm lib; git config submodule.lib.update \"!$EVIL\"; git -C lib checkout -q --detach; git -C lib commit -q --allow-empty -m x", "git -C lib commit -q --allow-empty -m y; git submodule update"),
        ["config.worktree"] = ("git config extensions.worktreeConfig true; git config --worktree core.fsmonitor \"$EVIL\"", "git status"),
        ["core.gitProxy"] = ("git config core.gitProxy \"$EVIL\"; git remote add origin git://localhost:9/x", "git fetch origin"),
        ["core.askPass"] = ("git config core.askPass \"$EVIL\"", "printf 'protocol=http\\nhost=localhost\\n\\n' | git credential fill"),
        ["trailer command"] = ("git config trailer.x.command \"$EVIL\"; git config trailer.x.key X", "git interpret-trailers --trailer x=1 readme.txt"),
        ["url rewriting"] = ("git config protocol.ext.allow always; git config \"url.ext::$EVIL x.insteadOf\" near:; git remote add origin near:there", "git fetch origin"),
    };

    /// <summary>What the host does with repositories; what fails is as it may be.</summary>
    private static readonly string[][] Work =
    [
        ["status", "--porcelain"],
        ["add", "--all"],
        ["commit", "--quiet", "--allow-empty", "--message", "work"],
        ["diff", "HEAD~1", "HEAD"],
        ["diff", "--stat"],
        ["log", "-p", "-1"],
        ["show", "HEAD"],
        ["checkout", "--quiet", "--force", "HEAD", "--", "."],
        ["reset", "--quiet", "--hard"],
        ["merge", "--quiet", "-m", "merge", "trap"],
        ["merge-tree", "--write-tree", "HEAD", "trap"],
        ["merge", "--abort"],
        ["reset", "--quiet", "--hard"],
        ["checkout-index", "--force", "--all"],
        ["worktree", "add", "--quiet", "--detach", "../hosts", "HEAD"],
        ["submodule", "update"],
        ["fetch", "origin"],
        ["rev-list", "--objects", "--all", "--quiet"],
        ["for-each-ref"],
        ["stash", "list"],
        ["update-ref", "refs/mcpworkers/x", "HEAD"],
        ["interpret-trailers", "--trailer", "x=1", "readme.txt"],
        ["-p", "log"],
        ["stat"],
    ];

    public static TheoryData<string> Names => [.. Traps.Keys];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory(Timeout = Limit)]
    [MemberData(nameof(Names))]
    public async Task The_program_is_not_run(string name)
    {
        Assert.SkipWhen(name.Contains("pager", StringComparison.Ordinal) && ExecutableFinder.Find("script") is null, "Without 'script' there is no terminal for git to page to.");
        using var scene = new GitScene();
        var trap = await TrapAsync(scene, name);
        var git = scene.Open(trap.Repository);
        foreach (var repository in new[] { git, git.Raw() })
        {
            await File.AppendAllTextAsync(Path.Combine(trap.Repository, "readme.txt"), "the host's\n", Cancellation);
            foreach (string[] command in Work)
            {
                await repository.TryAsync(command, Cancellation);
                Assert.False(File.Exists(trap.Mark), $"git {string.Join(' ', command)} ran it: {(File.Exists(trap.Mark) ? await File.ReadAllTextAsync(trap.Mark, Cancellation) : "")}");
            }
        }

        // And it would have run: without this the test could not fail.
        await ShellAsync(scene, trap.Repository, "git worktree prune; git reset -q --hard; git checkout -q main", mayFail: true);
        File.Delete(trap.Mark);
        await ShellAsync(scene, trap.Repository, Traps[name].Lure, mayFail: true);
        Assert.True(File.Exists(trap.Mark), "plain git runs the program");
    }

    [Fact(Timeout = Limit)]
    public async Task Another_place_that_core_worktree_names_is_not_touched()
    {
        using var scene = new GitScene();
        string repository = await scene.MakeRepository();
        string elsewhere = GitScene.Write(scene.Root, "elsewhere/readme.txt", "not mine\n");
        await scene.Git(repository, "config", "core.worktree", Path.GetDirectoryName(elsewhere)!);
        Assert.Equal(repository, RepositoryPlace.At(repository).WorkTree);
        await scene.Open(repository).RunAsync(["reset", "--quiet", "--hard"], Cancellation);
        Assert.Equal("not mine\n", await File.ReadAllTextAsync(elsewhere, Cancellation));
        await scene.Git(repository, "reset", "--quiet", "--hard");
        Assert.Equal("A project.\n", await File.ReadAllTextAsync(elsewhere, Cancellation));
    }

    [Fact(Timeout = Limit)]
    public async Task The_users_own_filter_is_run()
    {
        using var scene = new GitScene();
        string repository = await scene.MakeRepository();
        scene.Configure("[filter \"up\"]\n\tclean = tr a-z A-Z\n\tsmudge = tr A-Z a-z");
        GitScene.Write(repository, ".gitattributes", "*.up filter=up\n");
        GitScene.Write(repository, "x.up", "shout\n");
        var git = scene.Open(repository);
        await git.RunAsync(["add", "--all"], Cancellation);
        Assert.Equal("SHOUT", (await git.RunAsync(["cat-file", "blob", ":x.up"], Cancellation)).Text);
        await git.Raw().RunAsync(["add", "--renormalize", "x.up"], Cancellation);
        Assert.Equal("shout", (await git.RunAsync(["cat-file", "blob", ":x.up"], Cancellation)).Text);
    }

    private static async Task<(string Repository, string Mark)> TrapAsync(GitScene scene, string name)
    {
        string mark = Path.Combine(scene.Root, "mark");
        string evil = GitScene.Write(scene.Root, "evil", $"#!/bin/sh\necho \"$0 $*\" >> {mark}\nexit 1\n");
        await ShellAsync(scene, scene.Root, "chmod +x evil");
        scene.Set("EVIL", evil);
        scene.Set("CONFLICT", "true");
        await scene.MakeRepository("library");
        string repository = await scene.MakeRepository();
        await ShellAsync(scene, repository, "git branch trap; echo main >> readme.txt; git commit -qam main; git checkout -q trap; echo trap >> readme.txt; git commit -qam trap; git checkout -q main");
        await ShellAsync(scene, repository, Traps[name].Make);
        File.Delete(mark);
        return (repository, mark);
    }

    private static async Task ShellAsync(GitScene scene, string directory, string script, bool mayFail = false)
    {
        var said = await CommandRunner.RunAsync(
            new CommandSpec { Executable = "/bin/sh", Arguments = [mayFail ? "-c" : "-ec", script], WorkingDirectory = directory, Environment = scene.Environment, Timeout = TimeSpan.FromMinutes(1) },
            Cancellation);
        Assert.True(mayFail || said.ExitCode == 0, said.Stderr);
    }
}
