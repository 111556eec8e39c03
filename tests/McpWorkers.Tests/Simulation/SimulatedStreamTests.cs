using System.Text;
using System.Text.Json.Nodes;
using Xunit;
using static McpWorkers.Tests.Simulation.SimulatedRunning;

namespace McpWorkers.Tests.Simulation;

public sealed class SimulatedStreamTests
{
    private const string Session = "0d3f8c1e-7f5b-4a53-9b1c-2f1f0f9f6f0a";

    [Fact(Timeout = 30_000)]
    public async Task Without_directives_it_lists_the_folder_reads_a_file_and_says_what_it_found()
    {
        var folder = Directory.CreateTempSubdirectory("simulated-");
        try
        {
            await File.WriteAllTextAsync(Path.Combine(folder.FullName, "a.bin"), "\0\0");
            await File.WriteAllTextAsync(Path.Combine(folder.FullName, "b.txt"), "The first line\nThe second\n");
            folder.CreateSubdirectory("c");

            var output = await RunAsync("Summarise this folder", folder.FullName, "--session-id", Session);

            Assert.Equal(0, output.ExitCode);
            Assert.Equal(
                ["system/init", "assistant", "assistant", "user", "assistant", "user", "assistant", "result"],
                output.Lines.Select(SimulatedOutput.TypeOf));
            Assert.All(output.Lines, line => Assert.Equal(Session, line["session_id"]!.GetValue<string>()));
            Assert.Equal("simulated", output.Lines[0]["model"]!.GetValue<string>());
            string answer = output.Result["result"]!.GetValue<string>();
            Assert.Contains("Simulated agent", answer, StringComparison.Ordinal);
            Assert.Contains("2 files (28 bytes) and 1 folders", answer, StringComparison.Ordinal);
            Assert.Contains("First line of b.txt: The first line", answer, StringComparison.Ordinal);
            Assert.False(output.Result["is_error"]!.GetValue<bool>());
            Assert.Equal(3, output.Result["num_turns"]!.GetValue<int>());
            Assert.Equal(3000, output.Result["usage"]!["input_tokens"]!.GetValue<int>());
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact(Timeout = 30_000)]
    public async Task A_resumed_run_goes_on_under_the_id_given()
    {
        var output = await RunAsync("[[text:again]]", null, "--resume", Session, "--model", "other");

        Assert.Equal(Session, output.Result["session_id"]!.GetValue<string>());
        Assert.Equal("other", output.Lines[0]["model"]!.GetValue<string>());
    }

    [Theory(Timeout = 30_000)]
    [InlineData("[[text:exactly this: x]]", "exactly this: x")]
    [InlineData("[[text:a]] and [[text:b]]", "a\nb")]
    [InlineData("[[env:SIMULATED_AGENT_TESTS_UNSET]]", "SIMULATED_AGENT_TESTS_UNSET is not set")]
    [InlineData("[[subagent]][[text:mine]]", "mine")]
    [InlineData("[[tool-open:0.01]][[silence:0.01]][[sleep:0.01]][[text:late]]", "late")]
    [InlineData("[[background:0.01]]", "Simulated agent: background work is done.")]
    public async Task A_good_run_answers_what_its_directives_say(string prompt, string answer)
    {
        var output = await RunAsync(prompt);

        Assert.Equal(0, output.ExitCode);
        Assert.Equal(answer, output.Result["result"]!.GetValue<string>());
        Assert.False(output.Result["is_error"]!.GetValue<bool>());
    }

    [Theory(Timeout = 30_000)]
    [InlineData("[[error:it broke]]", "it broke")]
    [InlineData("[[auth-error:0.01]]", "Invalid API key")]
    [InlineData("[[rate-limit:60]]", "429")]
    [InlineData("[[nonsense]]", "Known: text:TEXT")]
    [InlineData("[[silence:3601]]", "'3601' is not a number of seconds from 0 to 3600")]
    [InlineData("[[silence:soon]]", "'soon' is not a number")]
    [InlineData("[[fork:201:1]]", "'201' is not a number of processes from 1 to 200")]
    [InlineData("[[signal:NONE]]", "Allowed, on Unix: ABRT")]
    public async Task A_bad_end_is_an_error_result_and_exit_code_1(string prompt, string said)
    {
        var output = await RunAsync(prompt);

        Assert.Equal(1, output.ExitCode);
        Assert.True(output.Result["is_error"]!.GetValue<bool>());
        Assert.Contains(said, output.Result["result"]!.GetValue<string>(), StringComparison.Ordinal);
    }

    [Fact(Timeout = 30_000)]
    public async Task A_rate_limit_says_when_it_ends()
    {
        long soonest = TimeProvider.System.GetUtcNow().AddSeconds(90).ToUnixTimeSeconds();

        var output = await RunAsync("[[rate-limit:90]]");

        var limit = Assert.Single(output.Lines, static l => SimulatedOutput.TypeOf(l) == "rate_limit_event")["rate_limit_info"]!;
        Assert.Equal("rejected", limit["status"]!.GetValue<string>());
        Assert.InRange(limit["resetsAt"]!.GetValue<long>(), soonest, soonest + 30);
        Assert.Equal(2, output.Lines.Count(static l => SimulatedOutput.TypeOf(l) == "system/api_retry"));
    }

    [Fact(Timeout = 30_000)]
    public async Task Usage_since_the_last_result_adds_up_to_the_sessions()
    {
        var output = await RunAsync("[[background:0]]");

        var results = output.Lines.Where(static l => SimulatedOutput.TypeOf(l) == "result").ToList();
        Assert.Equal(2, results.Count);
        Assert.Equal([0, 1], results.Select(static r => r["result_index"]!.GetValue<int>()));
        Assert.Equal(
            results[1]["modelUsage"]!["simulated"]!["outputTokens"]!.GetValue<int>(),
            results.Sum(static r => r["model_usage_since_last_result"]!["simulated"]!["outputTokens"]!.GetValue<int>()));
    }

    [Fact(Timeout = 30_000)]
    public async Task A_denial_is_told_when_it_happens_and_in_the_result()
    {
        var output = await RunAsync("[[denied:Write]][[text:ok]]");

        Assert.Contains(output.Lines, static l => SimulatedOutput.TypeOf(l) == "system/permission_denied");
        Assert.Equal("Write", Assert.Single(output.Result["permission_denials"]!.AsArray())!["tool_name"]!.GetValue<string>());
    }

    [Fact(Timeout = 30_000)]
    public async Task A_big_answer_has_the_size_asked_for()
    {
        var output = await RunAsync("[[big:700001]]");

        string answer = output.Result["result"]!.GetValue<string>();
        Assert.Equal(700_001, answer.Length);
        Assert.StartsWith("000000000 000000001 ", answer, StringComparison.Ordinal);
    }

    [Fact(Timeout = 30_000)]
    public async Task Separators_of_unicode_stand_inside_a_line()
    {
        var output = await RunAsync("[[unicode]]");

        Assert.Contains("\u2028\u2029\u0085", output.Text, StringComparison.Ordinal);
        Assert.Equal(output.Result["result"]!.GetValue<string>(), TextOf(output.Lines[1]));
    }

    [Fact(Timeout = 30_000)]
    public async Task A_huge_line_is_one_line_of_json()
    {
        var output = await RunAsync("[[huge-line:3000000]][[text:after]]");

        Assert.InRange(Assert.Single(output.Text.Split('\n'), static l => l.Length > 100_000).Length, 3_000_000, 3_001_000);
        Assert.Equal("after", output.Result["result"]!.GetValue<string>());
    }

    [Fact(Timeout = 30_000)]
    public async Task A_half_line_ends_the_output_within_the_result()
    {
        var output = await RunAsync("[[half-line]]");

        Assert.Equal(0, output.ExitCode);
        Assert.False(output.Text.EndsWith('\n'));
        Assert.StartsWith("{\"duration_api_ms\":", output.Text.Split('\n')[^1], StringComparison.Ordinal);
    }

    [Fact(Timeout = 30_000)]
    public async Task Broken_utf8_is_written_as_broken()
    {
        var output = await RunAsync("[[bad-utf8]]");

        Assert.False(System.Text.Unicode.Utf8.IsValid(output.Bytes));
        Assert.True(output.Bytes.AsSpan().IndexOf([(byte)0xFF, (byte)0xFE]) > 0);
    }

    [Fact(Timeout = 30_000)]
    public async Task Floods_and_noise_have_the_size_asked_for()
    {
        var output = await RunAsync("[[flood:1000000]][[stderr:1000]][[text:x]]");

        Assert.InRange(output.Bytes.Length, 1_000_000, 1_100_000);
        Assert.Equal(1001, output.Stderr.Length);
        Assert.Equal("x", output.Result["result"]!.GetValue<string>());
    }

    [Theory(Timeout = 30_000)]
    [InlineData("[[exit:7]]", 7)]
    [InlineData("[[no-result]]", 0)]
    public async Task An_end_without_a_result_has_none(string prompt, int exitCode)
    {
        var output = await RunAsync(prompt);

        Assert.Equal(exitCode, output.ExitCode);
        Assert.DoesNotContain(output.Lines, static l => SimulatedOutput.TypeOf(l) == "result");
    }

    [Fact(Timeout = 30_000)]
    public async Task An_interrupt_is_answered_with_a_result_that_says_so()
    {
        using var interrupt = new CancellationTokenSource();
        using var stdout = new InterruptingStream("silent from here on", interrupt);

        int exitCode = await McpWorkers.Simulation.SimulatedAgent.RunAsync(
            ["--pace", "fast"], new MemoryStream("[[silence:600]]"u8.ToArray()), stdout, Stream.Null, interrupt.Token);

        Assert.Equal(0, exitCode);
        string last = Encoding.UTF8.GetString(stdout.ToArray()).TrimEnd().Split('\n')[^1];
        Assert.Equal("error_during_execution", JsonNode.Parse(last)!["subtype"]!.GetValue<string>());
    }

    private static string TextOf(JsonObject line) => line["message"]!["content"]![0]!["text"]!.GetValue<string>();

    /// <summary>Keeps what is written, and interrupts the run once a text has been.</summary>
    private sealed class InterruptingStream(string trigger, CancellationTokenSource interrupt) : MemoryStream
    {
        public override void Write(ReadOnlySpan<byte> buffer)
        {
            base.Write(buffer);
            if (Encoding.UTF8.GetString(buffer).Contains(trigger, StringComparison.Ordinal))
            {
                interrupt.Cancel();
            }
        }
    }
}
