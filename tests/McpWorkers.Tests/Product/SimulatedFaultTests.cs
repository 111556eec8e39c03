using System.Text.Json.Nodes;
using Xunit;

namespace McpWorkers.Tests.Product;

/// <summary>
/// Every fault of the simulated agent, under a daemon of the built product: each ends in its own outcome, within its bound, and leaves no process.
/// The directives are those of docs/simulated-agent.md.
/// </summary>
public sealed class SimulatedFaultTests(SimulatedFaultTests.Place place) : IClassFixture<SimulatedFaultTests.Place>
{
    private const int TestLimit = 60_000;

    private static readonly JsonObject ShortBounds = new()
    {
        ["first_output_seconds"] = 4,
        ["silence_seconds"] = 4,
        ["silence_in_tool_seconds"] = 4,
        ["after_result_seconds"] = 2,
        ["output_bytes_max"] = 20_000_000,
        ["line_bytes_max"] = 100_000,
    };

    /// <summary>Longer than any bound, so that a run which ended earlier was ended by its bound.</summary>
    private static readonly TimeSpan BoundsAndStop = TimeSpan.FromSeconds(20);

    public static TheoryData<string, string, string> Failures => new()
    {
        { "[[exit:7]]", "failed", "truncated" },
        { "[[error:it broke]]", "failed", "agent_failed" },
        { "[[startup-error:no such flag]]", "failed", "agent_failed" },
        { "[[auth-error:180]]", "failed", "agent_failed" },
        { "[[rate-limit:60]]", "failed", "agent_failed" },
        { "[[result]] [[exit:3]]", "failed", "agent_failed" },
        { "[[signal:SEGV]]", "failed", "agent_failed" },
        { "[[no-result]]", "failed", "truncated" },
        { "[[half-line]]", "failed", "truncated" },
        { "[[flood:100000000]]", "failed", "output_limit" },
        { "[[silence:300]]", "timeout", "silence" },
        { "[[tool-open:300]]", "timeout", "silence" },
        { "[[stop-output:300]]", "timeout", "silence" },
        { "[[no-output:300]]", "timeout", "no_first_output" },
        { "[[ignore-sigint]] [[silence:300]]", "timeout", "silence" },
        { "[[ignore-sigint]] [[ignore-sigterm]] [[silence:300]]", "timeout", "silence" },
        { "[[fork:50:300]] [[silence:300]]", "timeout", "silence" },
    };

    public static TheoryData<string> Successes =>
    [
        "[[huge-line:1000000]]",
        "[[bad-utf8]]",
        "[[garbage]]",
        "[[unicode]]",
        "[[big:300000]]",
        "[[stderr:300000]]",
        "[[subagent]]",
        "[[background:3]]",
        "[[denied:Bash]]",
        "[[grandchild:300]]",
        "[[grandchild-setsid:300]]",
        "[[grandchild-clean:300]] [[sleep:2]]",
        "[[fork:50:300]]",
        "[[memory:100:1]]",
        "[[result-then-live:300]]",
    ];

    [Theory(Timeout = TestLimit), MemberData(nameof(Failures))]
    public async Task A_fault_ends_in_its_own_outcome(string prompt, string status, string outcome)
    {
        var (result, exitCode) = await RunAsync(prompt);

        Assert.True((result.Status(), result.Outcome()) == (status, outcome), result.Shown());
        Assert.Equal(status == "timeout" ? 124 : 1, exitCode);
        Assert.False(string.IsNullOrEmpty(result["error"]?.GetValue<string>()), result.Shown());
    }

    [Theory(Timeout = TestLimit), MemberData(nameof(Successes))]
    public async Task What_a_program_does_besides_its_answer_takes_nothing_from_it(string prompt)
    {
        var (result, exitCode) = await RunAsync(prompt);

        Assert.True(result.Status() == "completed", result.Shown());
        Assert.Equal(0, exitCode);
        Assert.NotEmpty(result.Output());
    }

    [Theory(Timeout = TestLimit)]
    [InlineData("[[huge-line:1000000]]", "shortened")]
    [InlineData("[[bad-utf8]]", "invalid_utf8")]
    [InlineData("[[garbage]]", "not_json")]
    [InlineData("[[half-line]]", "unterminated")]
    public async Task Odd_lines_are_counted(string prompt, string counter)
    {
        var (result, _) = await RunAsync(prompt);

        Assert.True(result.Metadata()["lines"]![counter]!.GetValue<long>() >= 1, result.Shown());
    }

    [Fact(Timeout = TestLimit)]
    public async Task A_run_that_does_not_go_after_its_result_is_ended_and_its_result_stands()
    {
        var (result, _) = await RunAsync("[[result-then-live:300]]");

        Assert.True(result.Status() == "completed" && result.Metadata()["forced_exit"]!.GetValue<bool>(), result.Shown());
    }

    [Fact(Timeout = TestLimit)]
    public async Task Processes_left_behind_are_counted()
    {
        var (result, _) = await RunAsync("[[grandchild:300]] [[grandchild-setsid:300]]");

        Assert.True(result.Count("leftovers_killed") >= 2, result.Shown());
    }

    [Theory(Timeout = TestLimit)]
    [InlineData("[[auth-error:180]]", "authentication")]
    [InlineData("[[rate-limit:60]]", "rate_limited")]
    [InlineData("[[startup-error:no such flag]]", "startup")]
    [InlineData("[[signal:SEGV]]", "killed")]
    [InlineData("[[error:it broke]]", "error")]
    public async Task What_a_failure_was_about_is_told(string prompt, string reason)
    {
        var (result, _) = await RunAsync(prompt);

        Assert.True((string?)result.Metadata()["reason"] == reason, result.Shown());
    }

    [Fact(Timeout = TestLimit)]
    public async Task A_denied_tool_is_counted_and_named()
    {
        var (result, _) = await RunAsync("[[denied:Bash]]");

        Assert.Equal(1, result.Count("permission_denials"));
        Assert.Equal("Bash", (string?)result.Metadata()["denied_tools"]![0]);
    }

    [Fact(Timeout = TestLimit)]
    public async Task A_rate_limit_is_told_with_its_reset_time()
    {
        var (result, _) = await RunAsync("[[rate-limit:60]]");

        Assert.True(DateTimeOffset.TryParse(
            result.Metadata()["rate_limit"]?["resets_at"]?.GetValue<string>(), System.Globalization.CultureInfo.InvariantCulture, out _), result.Shown());
    }

    [Fact(Timeout = TestLimit)]
    public async Task A_simulated_result_says_so()
    {
        var (result, _) = await RunAsync("Summarise this folder");

        Assert.True(result.Metadata()["simulated"]!.GetValue<bool>());
    }

    /// <summary>Runs a prompt; whatever came of it, it came within the bounds and nothing is left.</summary>
    private async Task<(JsonObject Result, int ExitCode)> RunAsync(string prompt)
    {
        var end = await ProductInside.RunAsync(
            place.Home, TimeSpan.FromSeconds(50), "workers", "execute", "-t", "simulated", "-p", prompt, "-T", "40", "--json");

        var result = Assert.Single(end.Results);
        Assert.True(result.Duration() < BoundsAndStop, result.Shown());
        result.AssertNothingLeft();
        Assert.Empty(LiveProcesses.Under(place.Home.Root));
        return (result, end.ExitCode);
    }

    /// <summary>One daemon for all of them.</summary>
    public sealed class Place : IDisposable
    {
        internal ProductHome Home { get; } = new();

        /// <summary>Those that meet a limit would hold up all others, since all of them are one pool.</summary>
        private static JsonArray NoSignals => [.. new[] { "stream", "exit" }.Select(source => new JsonObject
        {
            ["name"] = "none-" + source, ["agent"] = "simulated", ["source"] = source, ["pattern"] = ".", ["meaning"] = "ignore",
        })];

        public Place() => Home.WriteHostSettings(new() { ["bounds"] = ShortBounds.DeepClone(), ["signals"] = NoSignals });

        public void Dispose() => Home.Dispose();
    }
}
