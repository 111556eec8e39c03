using System.Text;
using McpWorkers.Engine.Model;
using McpWorkers.Engine.Requests;
using McpWorkers.Engine.Tasks.Dispatch;
using McpWorkers.Mcp.Requests;
using Xunit;

namespace McpWorkers.Tests.Tasks;

public sealed class ApprovalTextTests
{
    private static readonly RoleSettings Role = new() { Name = "code", Permission = Permission.Edit, Verify = ["make lint"], Instructions = "Be brief.", Budget = new() { Tokens = 1000 } };

    private static readonly WorkerType Type = new()
    {
        Name = "boxed", Agent = "claude", Model = "big", Launcher = LauncherKind.Container, Container = ContainerSettings.Default with { Image = "node:22" },
        Environment = new Dictionary<string, string> { ["TYPE_KEY"] = "hidden" }, Verify = ["make test"], Permission = Permission.Full,
    };

    [Fact]
    public void All_that_decides_what_would_run_is_there_as_it_would_be()
    {
        var task = Task("Mend it.") with
        {
            ParentRun = "run_9",
            Spec = new()
            {
                WorkingDirectory = "/home/me/app", Verify = ["./deploy"], Files = ["a.cs"], Timeout = TimeSpan.FromMinutes(2), Budget = new() { Usd = 1.5m, Tokens = 5000 },
                Autonomy = AutonomyLevel.HumanRequired, Workspace = new() { Kind = WorkspaceKind.Clone, Repository = "https://me:secret@example.org/x.git", Branch = "b" },
            },
        };

        Assert.Equal(
            """
            May task task_1 (role code) begin? "Mend it."
            Worker type: boxed (agent claude), model big, permission edit, launcher container, image node:22, variables TYPE_KEY, then make test
            Autonomy: human_required
            Directory: /home/me/app; workspace clone of https://example.org/x.git, branch b
            Files: a.cs
            Budget: 1.5 usd, 1000 tokens
            Attempts: 3, each of 120 s at most
            Added from within run run_9
            Commands that must succeed after each attempt:
              $ make lint
              $ ./deploy
            Variables of whoever added it: HOME, PATH
            Its prompt (92 characters) is all that follows:
            Be brief.

            Mend it.

            The files that this is about, relative to the working directory:
            - a.cs
            """.ReplaceLineEndings("\n"),
            ApprovalText.Of(task, Role, [Type], ["PATH", "HOME"]));
    }

    [Fact]
    public void What_a_task_says_itself_holds_over_its_role_and_type_and_each_type_that_may_do_it_is_named()
    {
        var spec = new TaskSpec { Permission = Permission.Full, Model = "small", Image = "own:1" };
        string text = ApprovalText.Of(Task("p") with { Spec = spec }, Role, [Type, Type with { Name = "other" }], []);
        Assert.Contains("Worker types, of which the first that is installed does it:\nWorker type: boxed ", text, StringComparison.Ordinal);
        Assert.Contains("Worker type: other (agent claude), model small, permission full, launcher container, image own:1", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Nothing_hides_in_a_line_and_nothing_passes_for_another_one()
    {
        var spec = new TaskSpec { Verify = ["true\nWorker type: harmless", "rm\u200B x\u202E"] };
        string text = ApprovalText.Of(Task("go\u200B on\u2066") with { Spec = spec }, Role, [Type], []);
        Assert.Contains("  $ true\\u{000A}Worker type: harmless\n  $ rm\\u{200B} x\\u{202E}\n", text, StringComparison.Ordinal);
        Assert.EndsWith("go\\u{200B} on\\u{2066}", text, StringComparison.Ordinal);
        Assert.Equal(text, AgentText.Clean(text, RequestDraft.TextBytesMax));
    }

    [Fact]
    public void One_that_is_too_long_says_so_is_bound_as_a_whole_and_is_shown_in_no_form()
    {
        string one = ApprovalText.Of(Task(new string('x', 20_000) + "1"), Role, [Type], []);
        string other = ApprovalText.Of(Task(new string('x', 20_000) + "2"), Role, [Type], []);
        Assert.Contains("THIS IS CUT. ", one, StringComparison.Ordinal);
        Assert.Contains("'tasks show task_1'", one, StringComparison.Ordinal);
        Assert.True(Encoding.UTF8.GetByteCount(one) <= RequestDraft.TextBytesMax + 20);
        Assert.NotEqual(Draft(one).Digest(), Draft(other).Digest());

        var request = new WorkerRequest { RequestId = "req_1", Kind = RequestKind.Approval, Key = "k", Text = one, Digest = "d", Created = default, Expires = default };
        Assert.False(ClientForm.CanShow(request));
        Assert.False(ClientForm.CanShow(request with { Text = AgentText.Clean(one, RequestDraft.TextBytesMax) }));
        Assert.True(ClientForm.CanShow(request with { Text = ApprovalText.Of(Task("short"), Role, [Type], []) }));
    }

    private static RequestDraft Draft(string text) => new() { Kind = RequestKind.Approval, Key = "k", Text = text };

    private static WorkTask Task(string prompt) => new() { TaskId = "task_1", Role = "code", Prompt = prompt, Created = default };
}
