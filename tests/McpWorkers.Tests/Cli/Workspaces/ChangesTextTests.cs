using System.Text.Json.Nodes;
using McpWorkers.Cli.Execute;
using McpWorkers.Cli.Workspaces;
using McpWorkers.Engine.Model;
using McpWorkers.Mcp.Workspaces;
using Xunit;

namespace McpWorkers.Tests.Cli.Workspaces;

public sealed class ChangesTextTests
{
    private static readonly WorkspaceChanges Changes = new()
    {
        Path = "/data/x",
        Branch = "mcpworkers/term_0123456789ab",
        Base = new('a', 40),
        Head = new('b', 40),
        Commits = [new(new('b', 40), "Say \u001b[2J hello")],
        Files =
        [
            new("a\nb.txt", "added", Added: 3, Deleted: 0), new("new.txt", "renamed", "old.txt", 0, 0), new("logo.png", "modified"),
            new("gone.txt", "deleted", Added: 0, Deleted: 2), new("last", "type_changed", Added: 1, Deleted: 1),
        ],
        FileCount = 7,
        Added = 1004,
        Deleted = 3,
        NestedRepositories = ["vendor/x"],
        Uncommitted = ["half.txt"],
    };

    [Fact]
    public void Files_commits_and_what_is_in_no_commit_are_shown_a_line_each() => Assert.Equal(
        """
        7 files changed, +1004 -3; 1 commit on mcpworkers/term_0123456789ab
          A a b.txt  +3 -0
          R old.txt -> new.txt  +0 -0
          M logo.png  binary
          … and 4 more
          bbbbbbbbbb Say \e[2J hello
          not committed: half.txt
          nested repository, in no commit: vendor/x

        """.ReplaceLineEndings("\n"),
        ChangesText.Of(WorkspaceForms.Whole(Changes), 3));

    [Fact]
    public void Nothing_is_said_to_be_nothing()
    {
        var empty = WorkspaceForms.Whole(Changes with { Commits = [], Files = [], FileCount = 0, Added = 0, Deleted = 0, NestedRepositories = [], Uncommitted = [] });

        Assert.Equal("no changes\n", ChangesText.Of(empty, 10));
        Assert.False(ChangesText.HoldsSomething(empty));
        Assert.False(ChangesText.HoldsSomething(null));
    }

    [Fact]
    public void A_run_shows_its_evidence_and_what_comes_next()
    {
        var evidence = new JsonObject
        {
            ["verified"] = false,
            ["checks"] = new JsonArray(
                new JsonObject { ["command"] = "make", ["exit_code"] = 0, ["seconds"] = 1.21, ["output"] = "long" },
                new JsonObject { ["command"] = "make test", ["exit_code"] = 2, ["seconds"] = 0.04, ["output"] = "one\n\u001b[2Jtwo\n" },
                new JsonObject { ["command"] = "sleep 9999", ["exit_code"] = null, ["seconds"] = 600.0, ["output"] = "" }),
            ["changes"] = WorkspaceForms.Whole(Changes with { Files = [], FileCount = 0, Commits = [], NestedRepositories = [] }),
            ["notes"] = new JsonArray("the checks of .mcpworkers.yaml were not run"),
        };

        Assert.Equal(
            """
            changes: 0 files changed, +1004 -3; 0 commits on mcpworkers/term_0123456789ab
              not committed: half.txt
            checks:
              passed: make (1.2 s)
              failed with exit code 2: make test (0.0 s)
                one
                \e[2Jtwo
              did not end: sleep 9999 (600.0 s)
            note: the checks of .mcpworkers.yaml were not run
            next: mcpworkers workers diff term_0123456789ab · mcpworkers workers merge term_0123456789ab · mcpworkers workers discard term_0123456789ab

            """.ReplaceLineEndings("\n"),
            EvidenceText.Of(evidence, "term_0123456789ab"));
    }

    [Theory]
    [InlineData("null")]
    [InlineData("{}")]
    [InlineData("7")]
    [InlineData("""{"changes":null,"checks":[],"notes":[]}""")]
    public void No_evidence_is_no_line(string evidence) => Assert.Equal("", EvidenceText.Of(JsonNode.Parse(evidence), "term_0123456789ab"));
}
