using System.Text;
using System.Text.Json.Nodes;
using McpWorkers.Engine.Agents;
using McpWorkers.Engine.Model;
using Xunit;

namespace McpWorkers.Tests.Agents.Qwen;

public sealed class QwenControlTests
{
    private const string Asked =
        """{"type":"control_request","request_id":"r-1","request":{"subtype":"can_use_tool","tool_name":"run_shell_command","tool_use_id":"c-1","input":{"command":"touch \"a b\" \u00fc","n":1.0},"blocked_path":null}}""";

    private static readonly IAgentAdapter Qwen = AgentCatalog.Default()["qwen"];

    [Fact]
    public void Its_input_begins_with_the_word_that_makes_it_ask_and_the_prompt()
    {
        var launch = Qwen.Plan(AgentScenes.Request(Permission.Ask));
        string[] lines = Encoding.UTF8.GetString(launch.Stdin.Span).Split('\n');

        Assert.Same(Qwen.Control, launch.Control);
        Assert.Equal(["--input-format", "stream-json"], launch.Arguments.SkipWhile(word => word != "--input-format").Take(2));
        Assert.Contains("--exclude-tools", launch.Arguments);
        Assert.Equal(3, lines.Length);
        Assert.Equal("", lines[2]);
        Assert.Equal("initialize", JsonNode.Parse(lines[0])!["request"]!["subtype"]!.GetValue<string>());
        Assert.Equal(
            Qwen.Capabilities.AskTimeLimit!.Value.TotalMilliseconds, JsonNode.Parse(lines[0])!["request"]!["timeout"]!["canUseTool"]!.GetValue<long>());
        Assert.Equal(AgentScenes.Prompt, JsonNode.Parse(lines[1])!["message"]!["content"]!.GetValue<string>());
    }

    [Theory]
    [InlineData(Permission.ReadOnly)]
    [InlineData(Permission.Edit)]
    [InlineData(Permission.Full)]
    public void Without_asking_its_input_is_the_prompt_and_nothing_more_comes(Permission permission)
    {
        var launch = Qwen.Plan(AgentScenes.Request(permission));

        Assert.Null(launch.Control);
        Assert.Equal(AgentScenes.Prompt, Encoding.UTF8.GetString(launch.Stdin.Span));
    }

    [Fact]
    public void A_request_is_told_as_it_was_written_and_once()
    {
        var (reader, asked) = Read(Asked, Asked);

        var one = Assert.Single(asked);
        Assert.Equal(("r-1", "run_shell_command", "c-1", false), (one.Id, one.Tool, one.ToolCallId, one.IsCut));
        Assert.Equal("""{"command":"touch \"a b\" \u00fc","n":1.0}""", one.Input);
        Assert.Equal([one], reader.OpenAsks);
        Assert.False(reader.Activity.IsInputOver);
    }

    [Fact]
    public void What_was_asked_is_what_is_allowed()
    {
        var (_, asked) = Read(Asked);

        var answer = Line(Qwen.Control!.Answer(asked[0], allow: true));

        Assert.Equal("r-1", answer["response"]!["request_id"]!.GetValue<string>());
        Assert.Equal("allow", answer["response"]!["response"]!["behavior"]!.GetValue<string>());
        Assert.Equal("""touch "a b" ü""", answer["response"]!["response"]!["updatedInput"]!["command"]!.GetValue<string>());
    }

    [Theory]
    [InlineData("not \"that\"\nfile", "not \"that\"\nfile")]
    [InlineData(null, "The request was denied.")]
    public void A_denial_says_why(string? message, string expected)
    {
        var (_, asked) = Read(Asked);

        var answer = Line(Qwen.Control!.Answer(asked[0], allow: false, message))["response"]!["response"]!;

        Assert.Equal(("deny", expected), (answer["behavior"]!.GetValue<string>(), answer["message"]!.GetValue<string>()));
        Assert.Null(answer["updatedInput"]);
    }

    [Fact]
    public void What_is_not_known_as_a_whole_can_only_be_denied()
    {
        List<AgentEvent> events = [];
        var reader = Qwen.NewReader(SessionTotals.Zero);
        reader.Listener = events.Add;
        reader.Read(Encoding.UTF8.GetBytes(Asked), shortened: true);

        var asked = Assert.Single(events.OfType<AgentEvent.PermissionAsked>());

        Assert.True(asked.IsCut);
        Assert.Throws<ArgumentException>(() => Qwen.Control!.Answer(asked, allow: true));
        Assert.False(Qwen.Control!.Answer(asked, allow: false).IsEmpty);
    }

    [Theory]
    [InlineData("[Operation Cancelled] Reason: the controller said no", 1)]
    [InlineData("[Operation Cancelled] Reason: Error: Control request timeout", 1)]
    [InlineData("[Operation Cancelled] Reason: Error: Request aborted", 0)]
    [InlineData("exit code 1", 0)]
    public void A_call_that_was_asked_for_and_cancelled_was_denied(string output, int expected)
    {
        var (reader, _) = Read(Asked, Result("c-1", output), Result("c-2", output));

        Assert.Empty(reader.OpenAsks);
        Assert.Equal(Enumerable.Repeat("run_shell_command", expected), reader.Ended().Denials);
    }

    [Fact]
    public void Its_input_is_over_with_its_result_unless_something_goes_on()
    {
        var (reader, _) = Read(Asked, Result("c-1", "x"), """{"type":"system","subtype":"task_started","data":{"task_id":"t"}}""");
        bool before = reader.Activity.IsInputOver;

        reader.Read("""{"type":"result","subtype":"success","is_error":false,"result":"done"}"""u8);
        bool meanwhile = reader.Activity.IsInputOver;
        reader.Read("""{"type":"system","subtype":"task_notification","data":{"task_id":"t"}}"""u8);

        Assert.Equal((false, false, true), (before, meanwhile, reader.Activity.IsInputOver));
    }

    [Fact]
    public void It_can_be_interrupted() =>
        Assert.Equal("interrupt", Line(Qwen.Control!.Interrupt("i-1"))["request"]!["subtype"]!.GetValue<string>());

    [Fact]
    public void Its_tokens_are_told_with_each_request_and_corrected_at_the_end()
    {
        List<Usage> told = [];
        var reader = Qwen.NewReader(new(new(1000, 0, 0, 100, InputIncludesCached: true), 0));
        reader.Listener = said => told.AddRange(said is AgentEvent.UsageReported { Usage: var usage } ? [usage] : []);
        foreach (string line in new[]
        {
            """{"type":"assistant","message":{"content":[{"type":"text","text":"a"}],"usage":{"input_tokens":0,"output_tokens":0}}}""",
            """{"type":"assistant","message":{"content":[{"type":"tool_use","id":"x","name":"t"}],"usage":{"input_tokens":500,"output_tokens":20,"cache_read_input_tokens":100}}}""",
            Result("x", "no"),
            """{"type":"assistant","message":{"content":[{"type":"text","text":"b"}],"usage":{"input_tokens":600,"output_tokens":30}}}""",
            """{"type":"result","subtype":"success","is_error":false,"result":"b","usage":{"input_tokens":2500,"output_tokens":190,"cache_read_input_tokens":100}}""",
        })
        {
            reader.Read(Encoding.UTF8.GetBytes(line));
        }

        Assert.Equal([(500, 20), (1100, 50), (1500, 90)], told.Select(usage => (usage.Input, usage.Output)));
        Assert.Equal(2, reader.TurnsBegun);
    }

    private static string Result(string id, string output) =>
        """{"type":"user","message":{"content":[{"type":"tool_result","is_error":true,"tool_use_id":"ID","content":"OUTPUT"}]}}"""
            .Replace("ID", id, StringComparison.Ordinal).Replace("OUTPUT", output, StringComparison.Ordinal);

    private static JsonNode Line(ReadOnlyMemory<byte> line)
    {
        Assert.Equal((byte)'\n', line.Span[^1]);
        Assert.Equal(line.Length - 1, line.Span.IndexOf((byte)'\n'));
        return JsonNode.Parse(line.Span)!;
    }

    private static (AgentReader Reader, List<AgentEvent.PermissionAsked> Asked) Read(params string[] lines)
    {
        List<AgentEvent.PermissionAsked> asked = [];
        var reader = Qwen.NewReader(SessionTotals.Zero);
        reader.Listener = said => asked.AddRange(said is AgentEvent.PermissionAsked one ? [one] : []);
        foreach (string line in lines)
        {
            reader.Read(Encoding.UTF8.GetBytes(line));
        }

        return (reader, asked);
    }
}
