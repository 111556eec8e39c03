using System.Text;
using McpWorkers.Engine.Agents;
using McpWorkers.Engine.Model;
using Xunit;

namespace McpWorkers.Tests.Agents.Claude;

public sealed class ClaudeStreamTests
{
    private const string Text = """{"type":"assistant","message":{"content":[{"type":"text","text":"hello"}]},"parent_tool_use_id":null}""";
    private const string Limit = """{"rate_limit_info":{"status":"rejected","resetsAt":1795250000,"rateLimitType":"five_hour"},"type":"rate_limit_event"}""";
    private const string Done = """{"is_error":false,"subtype":"success","result":"done","session_id":"s","type":"result"}""";

    /// <summary>The event behind text, behind an object, before one, between two halves of one, and whole by itself.</summary>
    public static TheoryData<string, int> Glued => new()
    {
        { $"{Limit}\n{Text}", 0 },
        { $"words before {Limit}\n{Text}", 1 },
        { $"{Text}{Limit}", 0 },
        { $"{Limit}{Text}", 0 },
        { $"{Text[..40]}{Limit}\n{Text[40..]}", 0 },
        { $"{Text[..40]}{Limit}\nsomething else\n{Text}", 1 },
    };

    [Theory, MemberData(nameof(Glued))]
    public void A_limit_that_was_written_into_another_line_is_found_and_the_line_is_not_lost(string lines, int notJson)
    {
        var (reader, events) = Read([.. lines.Split('\n'), Done]);

        var limit = Assert.Single(events.OfType<AgentEvent.RateLimited>());
        Assert.Equal(DateTimeOffset.FromUnixTimeSeconds(1795250000), limit.ResetsAt);
        Assert.Contains("five_hour", limit.Message, StringComparison.Ordinal);
        Assert.Equal("hello", Assert.Single(events.OfType<AgentEvent.Text>()).Content);
        var summary = reader.Ended();
        Assert.Equal(notJson, summary.Lines.NotJson);
        Assert.IsType<AgentVerdict.Good>(summary.Verdict);
    }

    [Theory]
    [InlineData("allowed")]
    [InlineData("allowed_warning")]
    public void A_limit_that_is_not_reached_is_none_wherever_it_stands(string status)
    {
        var (_, events) = Read("x " + Limit.Replace("rejected", status, StringComparison.Ordinal));

        Assert.Empty(events.OfType<AgentEvent.RateLimited>());
    }

    [Theory]
    [InlineData("""x {"type":"result","is_error":false,"result":"rate_limit_event"}""")]
    [InlineData("""{"type":"assistant","message":{"content":[{"type":"text","text":"{\"type\":\"rate_limit_event\",\"rate_limit_info\":{\"status\":\"rejected\"}}""")]
    public void Nothing_else_is_taken_out_of_a_broken_line(string line)
    {
        var (reader, events) = Read(line);

        Assert.IsType<AgentEvent.Unrecognized>(Assert.Single(events));
        Assert.Equal(1, reader.Ended(exitCode: 1).Lines.NotJson);
    }

    [Fact]
    public void Tokens_are_told_with_the_pieces_of_its_messages_and_corrected_by_the_result()
    {
        var (reader, events) = Read(
            Begins(1000, null), Ends(50), Text, Begins(1200, "toolu_1"), Ends(10, "toolu_1"), Begins(2000, null), Ends(7),
            """{"is_error":false,"subtype":"success","result":"done","num_turns":2,"type":"result","model_usage_since_last_result":{"m":{"inputTokens":4500,"outputTokens":70,"costUSD":0.5}},"total_cost_usd":0.5}""",
            Begins(100, null));

        Assert.Equal(
            [1001, 1050, 2251, 2260, 4261, 4267, 4570, 4671],
            events.OfType<AgentEvent.UsageReported>().Select(told => told.Usage.Total));
        Assert.Equal([1], events.OfType<AgentEvent.TurnStarted>().Take(1).Select(turn => turn.Turn));
        Assert.Equal(4570, reader.Ended().Usage!.Total);
    }

    [Fact]
    public void A_cut_answer_that_is_asked_for_again_is_not_said_twice()
    {
        const string Piece = """{"type":"stream_event","event":{"type":"content_block_delta","delta":{"type":"text_delta","text":"so far"}}}""";
        var (reader, _) = Read(Begins(1, null), Piece, Begins(1, null), Piece);

        Assert.Equal("so far", reader.Ended(exitCode: 143, stopped: StopKind.WallClock).Text);
    }

    [Theory]
    [InlineData(600, false)]
    [InlineData(39_000, false)]
    [InlineData(3_600_000, true)]
    public void A_wait_that_the_service_asked_for_is_the_limits_end(int milliseconds, bool expected)
    {
        var (_, events) = Read(
            """{"type":"system","subtype":"api_retry","attempt":1,"max_retries":6,"retry_delay_ms":MS,"error_status":429,"error":"rate_limit"}"""
                .Replace("MS", $"{milliseconds}", StringComparison.Ordinal));

        var limit = Assert.Single(events.OfType<AgentEvent.RateLimited>());
        Assert.True(limit.IsRetried);
        Assert.Equal(expected ? TimeSpan.FromMilliseconds(milliseconds) : null, limit.ResetsIn);
    }

    [Fact]
    public void The_last_word_of_a_limit_says_that_it_is_not_tried_again()
    {
        var (reader, events) = Read(
            """{"type":"assistant","message":{"model":"<synthetic>","content":[{"type":"text","text":"Claude AI usage limit reached|1795250000"}]},"error":"rate_limit","is_api_error_message":true,"api_error_status":429}""",
            """{"type":"result","subtype":"success","is_error":true,"terminal_reason":"api_error","api_error_status":429,"result":"Claude AI usage limit reached|1795250000"}""");

        var limit = Assert.Single(events.OfType<AgentEvent.RateLimited>());
        Assert.Equal((false, DateTimeOffset.FromUnixTimeSeconds(1795250000)), (limit.IsRetried, limit.ResetsAt!.Value));
        Assert.Equal(FailureKind.RateLimited, reader.Ended(exitCode: 1).Failure());
    }

    private static string Begins(int input, string? subagent) =>
        """{"type":"stream_event","parent_tool_use_id":WHO,"event":{"type":"message_start","message":{"usage":{"input_tokens":IN,"output_tokens":1}}}}"""
            .Replace("WHO", Quoted(subagent), StringComparison.Ordinal).Replace("IN", $"{input}", StringComparison.Ordinal);

    private static string Ends(int output, string? subagent = null) =>
        """{"type":"stream_event","parent_tool_use_id":WHO,"event":{"type":"message_delta","usage":{"output_tokens":OUT}}}"""
            .Replace("WHO", Quoted(subagent), StringComparison.Ordinal).Replace("OUT", $"{output}", StringComparison.Ordinal);

    private static string Quoted(string? text) => text is null ? "null" : $"\"{text}\"";

    private static (AgentReader Reader, List<AgentEvent> Events) Read(params string[] lines)
    {
        List<AgentEvent> events = [];
        var reader = AgentCatalog.Default()["claude"].NewReader(SessionTotals.Zero);
        reader.Listener = events.Add;
        foreach (string line in lines)
        {
            reader.Read(Encoding.UTF8.GetBytes(line));
        }

        return (reader, events);
    }
}
