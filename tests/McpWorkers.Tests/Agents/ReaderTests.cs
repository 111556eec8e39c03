using System.Text;
using McpWorkers.Engine.Agents;
using McpWorkers.Engine.Model;
using Xunit;

namespace McpWorkers.Tests.Agents;

public sealed class ReaderTests
{
    private const string GoodResult = """{"is_error":false,"subtype":"success","result":"done","session_id":"s","type":"result"}""";

    [Theory]
    [InlineData(401, "authentication_failed", FailureKind.Authentication)]
    [InlineData(403, "unknown", FailureKind.Authentication)]
    [InlineData(404, "unknown", FailureKind.ModelNotFound)]
    [InlineData(400, "unknown", FailureKind.InvalidRequest)]
    public void Claude_retrying_what_cannot_succeed_is_hopeless_at_once(int status, string error, FailureKind expected)
    {
        var (reader, events) = Read("claude", Retry(status, error));

        Assert.Equal(expected, reader.Activity.Hopeless?.Kind);
        Assert.IsType<AgentEvent.Retrying>(Assert.Single(events));
        Assert.Equal(expected, Assert.IsType<AgentVerdict.Failed>(reader.Conclude(new() { ExitCode = 143 }).Verdict).Kind);
    }

    [Theory]
    [InlineData("claude", """{"type":"system","subtype":"api_retry","error_status":401,"error":"authentication_failed"}""",
        """{"type":"result","subtype":"error_during_execution","is_error":true,"terminal_reason":"aborted_streaming"}""")]
    [InlineData("codex", """{"type":"error","message":"Reconnecting... 1/5 (unexpected status 403 Forbidden)"}""",
        """{"type":"turn.failed","error":{"message":"interrupted"}}""")]
    [InlineData("copilot", """{"type":"model.call_failure","data":{"statusCode":403,"errorMessage":"no"}}""",
        """{"type":"result","exitCode":0}""")]
    public void What_was_stopped_as_hopeless_failed_for_that_whatever_the_agent_says_then(string agent, string hopeless, string last)
    {
        var (reader, _) = Read(agent, hopeless, last);

        var verdict = reader.Conclude(new() { ExitCode = 0, Stopped = StopKind.Hopeless }).Verdict;

        Assert.Equal(FailureKind.Authentication, Assert.IsType<AgentVerdict.Failed>(verdict).Kind);
    }

    [Theory]
    [InlineData("claude", """{"type":"stream_event","event":{"type":"content_block_delta","delta":{"type":"text_delta","text":"so far"}}}""")]
    [InlineData("qwen", """{"type":"stream_event","event":{"type":"content_block_delta","delta":{"type":"text_delta","text":"so far"}}}""")]
    [InlineData("gemini", """{"type":"message","role":"assistant","content":"so far","delta":true}""")]
    [InlineData("copilot", """{"type":"assistant.message_delta","data":{"deltaContent":"so far"}}""")]
    [InlineData("stream-json", """{"delta":{"content":"so far"}}""")]
    public void What_was_said_until_a_stop_is_the_text(string agent, string line)
    {
        var (reader, _) = Read(agent, line);

        var summary = reader.Conclude(new() { ExitCode = 143, Stopped = StopKind.WallClock });

        Assert.Equal("so far", summary.Text);
        Assert.IsType<AgentVerdict.NoResult>(summary.Verdict);
    }

    [Fact]
    public void Claude_retrying_at_a_rate_limit_is_not_hopeless()
    {
        var (reader, events) = Read("claude", Retry(429, "rate_limit"));

        Assert.Null(reader.Activity.Hopeless);
        Assert.Single(events.OfType<AgentEvent.RateLimited>());
        Assert.Equal(1, reader.Conclude(new()).Retries);
    }

    [Theory]
    [InlineData("allowed", false)]
    [InlineData("allowed_warning", false)]
    [InlineData("rejected", true)]
    public void Only_a_rejected_rate_limit_event_is_a_rate_limit(string status, bool expected)
    {
        var (reader, _) = Read(
            "claude", """{"type":"rate_limit_event","rate_limit_info":{"status":"STATUS","resetsAt":1795250000}}"""
                .Replace("STATUS", status, StringComparison.Ordinal));

        Assert.Equal(expected ? DateTimeOffset.FromUnixTimeSeconds(1795250000) : null, reader.Conclude(new()).RateLimit?.ResetsAt);
    }

    [Theory]
    [InlineData(0, null, true)]
    [InlineData(null, null, true)]
    [InlineData(143, StopKind.AfterResult, true)]
    [InlineData(1, null, false)]
    [InlineData(139, null, false)]
    public void A_good_result_stands_or_falls_with_the_exit(int? exitCode, StopKind? stopped, bool expected)
    {
        var (reader, _) = Read("claude", GoodResult);

        var summary = reader.Conclude(new() { ExitCode = exitCode, Stopped = stopped });

        Assert.Equal(expected, summary.Verdict is AgentVerdict.Good);
        Assert.Equal("done", summary.Text);
    }

    [Fact]
    public void A_denied_call_counts_once_and_a_subagents_text_is_no_answer()
    {
        var (reader, events) = Read(
            "claude",
            """{"type":"system","subtype":"permission_denied","tool_name":"Bash","tool_use_id":"t1","message":"no"}""",
            """{"type":"assistant","message":{"content":[{"type":"text","text":"mine"}]},"parent_tool_use_id":null}""",
            """{"type":"assistant","message":{"content":[{"type":"text","text":"not mine"}]},"parent_tool_use_id":"t9"}""",
            """{"type":"system","subtype":"background_tasks_changed","tasks":[{"task_id":"a"},{"task_id":"b"}]}""");

        Assert.True(reader.Activity.BackgroundOpen);
        Assert.Equal(2, events.OfType<AgentEvent.BackgroundChanged>().Single().Open);
        reader.Read("""{"type":"result","is_error":true,"subtype":"error_max_turns","permission_denials":[{"tool_name":"Bash","tool_use_id":"t1"}]}"""u8);
        var summary = reader.Conclude(new() { ExitCode = 1 });
        Assert.Equal(["Bash"], summary.Denials);
        Assert.Equal("mine", summary.Text);
        Assert.Equal(FailureKind.TurnLimit, Assert.IsType<AgentVerdict.Failed>(summary.Verdict).Kind);
    }

    [Fact]
    public void Lines_that_are_not_understood_are_counted_and_never_fatal()
    {
        var (reader, _) = Read("claude", "garbage", """{"type":"new_thing"}""", "{\"type\":\"user\",\"x\":\"\u2028\"}", """{"type":"assist""", "", GoodResult);
        reader.Read([(byte)'"', 0xFF, 0xFE]);

        var summary = reader.Conclude(new() { ExitCode = 0 });

        Assert.Equal(new LineCounts(6, 3, 1, 1, 0, 0), summary.Lines);
        Assert.IsType<AgentVerdict.Good>(summary.Verdict);
    }

    [Theory]
    [InlineData("[API Error: 401 bad key]", FailureKind.Authentication)]
    [InlineData("[API Error: 429 slow down]", FailureKind.RateLimited)]
    public void Qwens_error_in_the_clothes_of_a_success_is_a_failure(string text, FailureKind expected)
    {
        var (reader, _) = Read(
            "qwen", """{"type":"result","subtype":"success","is_error":false,"result":"TEXT"}""".Replace("TEXT", text, StringComparison.Ordinal));

        Assert.Equal(expected, Assert.IsType<AgentVerdict.Failed>(reader.Conclude(new() { ExitCode = 0 }).Verdict).Kind);
    }

    [Theory]
    [InlineData("""{"choices":[{"delta":{"content":"a"}}]} {"choices":[{"delta":{"content":"b"},"finish_reason":"stop"}]}""", "ab")]
    [InlineData("""{"delta":{"content":"a"}} {"delta":{"content":"b"},"finish_reason":"stop"}""", "ab")]
    [InlineData("""{"message":{"content":"a"},"done":false} {"message":{"content":"b"},"done":false} {"done":true}""", "ab")]
    [InlineData("""{"text":"a"} {"text":"b"} {"type":"completion"}""", "b")]
    [InlineData("""{"content":[{"text":"a"},{"text":"b"}]} {"type":"done"}""", "ab")]
    [InlineData("""{"content":"ab","status":"completed"}""", "ab")]
    [InlineData("""{"delta":{"content":"x"}} {"type":"result","result":"ab"}""", "ab")]
    [InlineData("""{"role":"user","content":"q"} {"role":"assistant","content":"ab"} {"done":true}""", "ab")]
    public void A_generic_streams_markers_and_shapes_are_understood(string lines, string expected)
    {
        var (reader, _) = Read("stream-json", lines.Replace("} {", "}\n{", StringComparison.Ordinal).Split('\n'));

        var summary = reader.Conclude(new() { ExitCode = 0 });

        Assert.IsType<AgentVerdict.Good>(summary.Verdict);
        Assert.Equal(expected, summary.Text);
    }

    [Theory]
    [InlineData("""{"choices":[{"delta":{"content":"a"},"finish_reason":null}]}""", 0)]
    [InlineData("""{"error":{"message":"no"},"done":true}""", 0)]
    [InlineData("""{"type":"result","is_error":true,"result":"no"}""", 0)]
    [InlineData("""{"text":"a","done":true}""", 3)]
    public void A_generic_stream_without_a_clean_end_is_no_success(string line, int exitCode)
    {
        var (reader, _) = Read("stream-json", line);

        Assert.IsNotType<AgentVerdict.Good>(reader.Conclude(new() { ExitCode = exitCode }).Verdict);
    }

    [Theory]
    [InlineData(0, true)]
    [InlineData(3, false)]
    [InlineData(null, false)]
    public void A_commands_output_is_its_answer_and_its_exit_code_the_result(int? exitCode, bool expected)
    {
        var (reader, _) = Read("command", "{\"a\":1}", "", "two");

        var summary = reader.Conclude(new() { ExitCode = exitCode, StderrTail = "went wrong\n" });

        Assert.Equal(expected, summary.Verdict is AgentVerdict.Good);
        Assert.Equal("{\"a\":1}\n\ntwo", summary.Text);
    }

    [Fact]
    public void An_endless_command_is_kept_in_bounded_memory()
    {
        var (reader, _) = Read("command");
        byte[] line = Encoding.UTF8.GetBytes(new string('x', 100_000));
        for (int i = 0; i < 200; i++)
        {
            reader.Read(line);
        }

        reader.Read("the end"u8);
        string text = reader.Conclude(new() { ExitCode = 0 }).Text;

        Assert.InRange(text.Length, 8_000_000, 8_500_000);
        Assert.Contains("characters left out", text, StringComparison.Ordinal);
        Assert.EndsWith("the end", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Error: Invalid API key\n    at run (x.js:1)\n", FailureKind.Authentication, "Error: Invalid API key")]
    [InlineData("\u001b[31mError: no such flag\u001b[0m\nWarning: old node\n", FailureKind.Startup, "Error: no such flag")]
    public void An_agent_that_cannot_start_fails_with_what_it_said(string stderr, FailureKind kind, string message)
    {
        var (reader, _) = Read("claude");

        Assert.Equal(
            new AgentVerdict.Failed(kind, message), reader.Conclude(new() { ExitCode = 1, StderrTail = stderr }).Verdict);
    }

    private static string Retry(int status, string error) =>
        """{"type":"system","subtype":"api_retry","attempt":1,"max_retries":6,"retry_delay_ms":500,"error_status":STATUS,"error":"ERROR"}"""
            .Replace("STATUS", status.ToString(System.Globalization.CultureInfo.InvariantCulture), StringComparison.Ordinal)
            .Replace("ERROR", error, StringComparison.Ordinal);

    private static (AgentReader Reader, List<AgentEvent> Events) Read(string agent, params string[] lines)
    {
        List<AgentEvent> events = [];
        var reader = AgentCatalog.Default()[agent].NewReader(SessionTotals.Zero);
        reader.Listener = events.Add;
        foreach (string line in lines)
        {
            reader.Read(Encoding.UTF8.GetBytes(line));
        }

        return (reader, events);
    }
}
