using System.Text.Json;
using System.Text.Json.Nodes;
using McpWorkers.Engine.Model;
using McpWorkers.Mcp.Requests;
using ModelContextProtocol.Protocol;
using Xunit;

namespace McpWorkers.Tests.Mcp.Requests;

public sealed class ClientFormTests
{
    [Fact]
    public void A_permission_shows_all_of_what_would_be_done_and_what_hides_in_it()
    {
        var form = ClientForm.Of(Request(RequestKind.Permission) with { Tool = "Bash", Input = "{\"command\":\"rm \u202Etxt.exe\"}", WorkingDirectory = "/src" });

        Assert.Contains("Worker term_1 (echo) asks leave to use Bash: text", form.Message, StringComparison.Ordinal);
        Assert.Contains("{\"command\":\"rm \\u{202E}txt.exe\"}", form.Message, StringComparison.Ordinal);
        Assert.Contains("In /src", form.Message, StringComparison.Ordinal);
        Assert.Contains("req_1", form.Message, StringComparison.Ordinal);
        Assert.Equal(["decision"], form.RequestedSchema!.Required);
    }

    [Fact]
    public void What_cannot_be_seen_is_shown_wherever_an_agent_wrote_it_and_why_nothing_decided_it_is_said()
    {
        var form = ClientForm.Of(Request(RequestKind.Permission) with
        {
            Text = "Deletes\u200B it\u2066",
            Tool = "Ba\u200Dsh",
            Input = "{\"command\":\"ls \u00AD\u0007\"}",
            WorkingDirectory = "/s\u202Erc",
            Why = "the name 'r\u0430' passes for others\u200B",
        });

        foreach (string seen in (string[])["Deletes\\u{200B} it\\u{2066}", "ls \\u{00AD}\\u{0007}", "/s\\u{202E}rc", "No rule decided it: the name", "passes for others\\u{200B}"])
        {
            Assert.Contains(seen, form.Message, StringComparison.Ordinal);
        }

        Assert.DoesNotContain(form.Message, character => character is '\u200B' or '\u200D' or '\u2066' or '\u202E' or '\u00AD' or '\u0007');
    }

    [Fact]
    public void What_is_too_long_to_be_seen_whole_is_not_shown()
    {
        Assert.True(ClientForm.CanShow(Request(RequestKind.Permission) with { Input = new string('x', 19_000) }));
        Assert.False(ClientForm.CanShow(Request(RequestKind.Permission) with { Input = new string('x', 21_000) }));
    }

    [Theory]
    [InlineData(RequestKind.Question, "accept", """{"answer":"blue"}""", "Answer { Text = blue }")]
    [InlineData(RequestKind.Question, "accept", """{"choice":"one"}""", "Answer { Text = one }")]
    [InlineData(RequestKind.Question, "accept", """{"choice":"one","answer":"mine"}""", "Answer { Text = mine }")]
    [InlineData(RequestKind.Question, "accept", """{"answer":" "}""", null)]
    [InlineData(RequestKind.Question, "accept", """{"answer":7}""", null)]
    [InlineData(RequestKind.Question, "decline", """{"answer":"blue"}""", null)]
    [InlineData(RequestKind.Question, "cancel", null, null)]
    [InlineData(RequestKind.Permission, "accept", """{"decision":"allow"}""", "Allow { Note =  }")]
    [InlineData(RequestKind.Permission, "accept", """{"decision":"deny","note":"no"}""", "Deny { Why = no }")]
    [InlineData(RequestKind.Permission, "accept", """{"decision":"yes"}""", null)]
    [InlineData(RequestKind.Permission, "accept", "{}", null)]
    [InlineData(RequestKind.Permission, "decline", """{"decision":"allow"}""", null)]
    [InlineData(RequestKind.Budget, "accept", """{"decision":"allow"}""", "Allow { Note =  }")]
    [InlineData(RequestKind.Approval, "accept", """{"answer":"allow"}""", null)]
    public void Only_what_was_said_plainly_decides(RequestKind kind, string action, string? content, string? verdict)
    {
        var result = new ElicitResult
        {
            Action = action,
            Content = content is null ? null : JsonNode.Parse(content)!.AsObject().ToDictionary(each => each.Key, each => JsonSerializer.SerializeToElement(each.Value)),
        };

        Assert.Equal(verdict, ClientForm.Read(Request(kind), result)?.ToString());
    }

    private static WorkerRequest Request(RequestKind kind) => new()
    {
        RequestId = "req_1",
        Kind = kind,
        Key = "key",
        WorkerId = "term_1",
        WorkerType = "echo",
        Text = "text",
        Digest = "digest",
        Created = default,
        Expires = default,
    };
}
