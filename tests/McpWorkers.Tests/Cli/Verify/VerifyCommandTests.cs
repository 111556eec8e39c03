using McpWorkers.Cli.Verify;
using McpWorkers.Engine.Model;
using Xunit;

namespace McpWorkers.Tests.Cli.Verify;

public sealed class VerifyCommandTests
{
    [Fact]
    public void The_table_says_what_works_what_does_not_and_why() => Assert.Equal(
        """
        WORKSPACE  LAUNCHER   RESULT         TIME  WHY
        directory  process    works         0.8 s
        worktree   process    fails        12.3 s  it was not merged: a\e[2J b
        clone      container  not offered   0.0 s  git is not installed

        """.ReplaceLineEndings("\n"),
        VerifyCommand.Table(
        [
            new(WorkspaceKind.Directory, LauncherKind.Process, Offered: true, Works: true, "", TimeSpan.FromSeconds(0.8)),
            new(WorkspaceKind.Worktree, LauncherKind.Process, Offered: true, Works: false, "it was not merged: a\u001b[2J\nb", TimeSpan.FromSeconds(12.34)),
            new(WorkspaceKind.Clone, LauncherKind.Container, Offered: false, Works: false, "git is not installed", TimeSpan.Zero),
        ]));
}
